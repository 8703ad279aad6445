"""Several files in one: archives, and messages with what is attached to them. Nothing is ever unpacked to the disk."""

import contextlib
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final
from zipfile import ZipFile, ZipInfo

from supportbot.common.files.kinds import is_document
from supportbot.common.files.refusals import warning_text
from supportbot.indexer.adapters.readers.packages import MEGABYTE, MOST_XML, opened
from supportbot.indexer.domain.documents import UnreadableDocumentError
from supportbot.indexer.domain.names import is_hidden
from supportbot.indexer.domain.parsed import ParsedDocument, Section
from supportbot.indexer.domain.refusals import refusal
from supportbot.indexer.domain.titles import title_from_path

Read = Callable[[str, bytes], ParsedDocument]
MOST_FILES: Final = 1_000
_NESTED: Final = (".zip", ".eml", ".msg")
_OF_SYSTEMS: Final = ("__MACOSX",)
_MOST_NAMED: Final = 10
_UNICODE: Final = 0x800


def read_archive(path: str, content: bytes, read: Read) -> ParsedDocument:
    """The documents in a ZIP archive, each below a heading that is its title. Archives in it are left out.

    Raises:
        UnreadableDocumentError: it is none, is encrypted, has too many files or too large ones, or no document.
    """
    with opened(content, "archive") as archive:
        wanted = [entry for entry in archive.infolist() if _is_wanted(entry.filename)]
        if len(wanted) > MOST_FILES:
            raise refusal("too_many_files", files=len(wanted), limit=MOST_FILES)
        if not wanted:
            raise refusal("nothing_inside", reason=", ".join(map(_shown, archive.infolist()[:_MOST_NAMED])) or "-")
        return gathered(title_from_path(path), _unpacked(archive, wanted), read)


def gathered(
    title: str, files: Iterator[tuple[str, bytes]], read: Read, before: Sequence[Section] = ()
) -> ParsedDocument:
    """One document made of several; those that cannot be read are named in a warning."""
    sections, reason = list(before), ""
    left_out: list[str] = []
    warnings: list[str] = []
    for name, content in files:
        try:
            if not is_document(name) or name.lower().endswith(_NESTED):
                left_out.append(name)
                continue
            parsed = read(name, content)
        except UnreadableDocumentError as error:
            reason = reason or str(error)
            left_out.append(f"{name} ({str(error).split('. ')[0].rstrip('.')})")
            continue
        sections += [Section((parsed.title, *part.headings), part.blocks, part.page) for part in parsed.sections]
        warnings += parsed.warnings
    if not sections:
        raise refusal("nothing_inside", reason=reason or ", ".join(left_out[:_MOST_NAMED]) or "-")
    if left_out:
        more = ["…"] if len(left_out) > _MOST_NAMED else []
        warnings.append(warning_text("left_out", names=", ".join([*left_out[:_MOST_NAMED], *more])))
    return ParsedDocument(title, tuple(sections), warnings=tuple(dict.fromkeys(warnings)))


def _unpacked(archive: ZipFile, entries: Sequence[ZipInfo]) -> Iterator[tuple[str, bytes]]:
    """The files of an archive, together no larger than `MOST_XML`, whatever the archive says of their sizes."""
    left = MOST_XML
    for entry in entries:
        with archive.open(entry) as file:
            content = file.read(left + 1)
        left -= len(content)
        if left < 0:
            raise refusal("expands", limit=MOST_XML // MEGABYTE)
        yield _shown(entry), content


def _is_wanted(name: str) -> bool:
    """Neither a folder nor what systems add, nor a name that leads out of the archive."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    leads_out = ".." in parts or name.startswith(("/", "\\")) or ":" in name
    return not (name.endswith("/") or leads_out or any(is_hidden(part) or part in _OF_SYSTEMS for part in parts))


def _shown(entry: ZipInfo) -> str:
    """A name without what cannot be shown; one that does not say it is Unicode is taken for Russian."""
    name = entry.filename
    if not entry.flag_bits & _UNICODE:
        with contextlib.suppress(UnicodeEncodeError, UnicodeDecodeError):
            name = name.encode("cp437").decode("cp866")
    return "".join(sign for sign in unicodedata.normalize("NFC", name) if sign.isprintable())
