"""Files that are ZIP packages inside: opened with bounds on what they unpack to, their XML read without entities."""

import io
import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from supportbot.indexer.adapters.encodings import refuse_known_binary
from supportbot.indexer.domain.refusals import refusal

MEGABYTE: Final = 1024**2
MOST_XML: Final = 100 * MEGABYTE
"""Bytes of text that a package may unpack to; pictures in it are never unpacked."""
MOST_ENTRIES: Final = 20_000
RELATION: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
"""By what a part names another one."""
_ZIP: Final = b"PK"
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0"
_ENCRYPTED: Final = 0x1
_BROKEN: Final = (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, OSError, UnicodeDecodeError)
_UNREAD: Final = (".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".tif", ".tiff", ".bmp", ".mp4", ".mp3", ".bin")


@contextmanager
def opened(content: bytes, kind: str, *, needs: str = "") -> Iterator[zipfile.ZipFile]:
    """A package, after a look at its table of contents; `needs` is the part without which it is of another kind.

    Raises:
        UnreadableDocumentError: it is none, is damaged or encrypted, or would unpack to too much.
    """
    if content.startswith(_OLD_OFFICE):
        raise refusal("encrypted_office")
    if not content.startswith(_ZIP):
        refuse_known_binary(content)
        raise refusal("not_that_kind", kind=kind)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            _check(package, kind, needs)
            yield package
    except _BROKEN as error:
        raise refusal("damaged", kind=kind) from error


def part(package: zipfile.ZipFile, name: str) -> bytes:
    """A part of a package, at most `MOST_XML` bytes of it; empty where it is not there."""
    try:
        with package.open(name) as file:
            content = file.read(MOST_XML + 1)
    except KeyError:
        return b""
    if len(content) > MOST_XML:
        raise refusal("expands", limit=MOST_XML // MEGABYTE)
    return content


def parsed_xml(content: bytes) -> Any:
    """The root of an XML part; entities are not resolved and nothing is fetched. None where it is not XML."""
    from lxml import etree  # type: ignore[import-untyped]  # it ships no types

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, remove_pis=True)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        return None


def related(package: zipfile.ZipFile, name: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """By id: the kind and the name of each part that a part refers to."""
    folder, file = posixpath.split(name)
    root = parsed_xml(part(package, f"{folder}/_rels/{file}.rels"))
    for relation in root if root is not None else ():
        if relation.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/" + folder, str(relation.get("Target"))))
            yield str(relation.get("Id")), (str(relation.get("Type")), target.lstrip("/"))


def has_macros(package: zipfile.ZipFile) -> bool:
    """Whether programs of Office are in it."""
    return any(name.endswith("vbaProject.bin") for name in package.namelist())


def _check(package: zipfile.ZipFile, kind: str, needs: str) -> None:
    entries = package.infolist()
    if len(entries) > MOST_ENTRIES:
        raise refusal("too_many_files", files=len(entries), limit=MOST_ENTRIES)
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise refusal("encrypted_archive")
    unpacked = sum(entry.file_size for entry in entries if not entry.filename.lower().endswith(_UNREAD))
    if unpacked > MOST_XML:
        raise refusal("expands", limit=MOST_XML // MEGABYTE)
    if needs and needs not in package.namelist():
        raise refusal("not_that_kind", kind=kind)
