"""Bytes of a text file become text, whatever program wrote them: UTF-8, UTF-16, and the Russian code pages."""

import codecs
import re
from dataclasses import dataclass
from typing import Final

from supportbot.indexer.domain.refusals import refusal

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_KNOWN_BINARY: Final = (
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0", "old_office"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"\x1f\x8b", "compressed"),
    (b"\x7fELF", "program"),
    (b"MZ\x90", "program"),
    (b"SQLite format 3\0", "database"),
    (b"{\\rtf", "rtf"),
)
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
_MOST_CONTROL: Final = 0.05
_WHOLE_TO_BROKEN: Final = 10
"""So many whole foreign letters for each broken place make a text UTF-8 with faults."""
_REPLACED: Final = "\ufffd"
_FOREIGN: Final = re.compile("[^\x00-\x7f]")
_SAMPLE: Final = 64_000
_COMMON: Final = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
_SIGNS: Final = "«»—–…№“”„’\u00a0"
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_LETTER: Final = re.compile(rb"[A-Za-z]")
_RUN_OF_LETTERS: Final = re.compile(rb"[\x80-\xff]{3}")
_ACCENTS: Final = 0.4
_RANK: Final = {letter: len(_COMMON) - place for place, letter in enumerate(_COMMON)}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, the encoding that it was in, and what had to be replaced."""

    text: str
    encoding: str
    warning: str = ""


def decode(content: bytes, declared: str = "") -> Decoded:
    """The text of a file. `declared` is the encoding that the file itself names; it is tried after UTF-8.

    Raises:
        UnreadableDocumentError: it is empty, or no text.
    """
    if not content.strip(b" \t\r\n\0"):
        raise refusal("empty")
    refuse_known_binary(content)
    decoded = _by_mark(content) or _without_mark(content, declared)
    text = _UNPRINTABLE.sub(" ", decoded.text)
    if not text.strip("\ufeff \t\r\n"):
        raise refusal("empty")
    warning = decoded.warning
    if text != decoded.text and not warning:
        warning = "It holds control characters, which were left out"
    return Decoded(text.lstrip("\ufeff"), decoded.encoding, warning)


def refuse_known_binary(content: bytes) -> None:
    """Refuse what begins like a kind of file that is no text."""
    for mark, kind in _KNOWN_BINARY:
        if content.startswith(mark):
            raise refusal("other_kind", kind=kind)


def _by_mark(content: bytes) -> Decoded | None:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _lenient(content.removeprefix(mark), encoding)
    return None


def _without_mark(content: bytes, declared: str) -> Decoded:
    wide = _wide_encoding(content)
    if wide:
        return _lenient(content, wide)
    if len(_CONTROL.findall(content[:_SAMPLE])) > _MOST_CONTROL * len(content[:_SAMPLE]):
        raise refusal("not_text")
    try:
        return Decoded(content.decode(), "utf-8")
    except UnicodeDecodeError:
        pass
    mostly = _lenient(content, "utf-8")
    broken = mostly.text.count(_REPLACED)
    whole = len(_FOREIGN.findall(mostly.text)) - broken
    if whole >= _WHOLE_TO_BROKEN * broken:
        return mostly
    return _line_by_line(content, _declared(declared) or _code_page(content[:_SAMPLE]))


def _line_by_line(content: bytes, encoding: str) -> Decoded:
    """Files glued together from several sources have lines in UTF-8 between lines in a code page."""
    lines = []
    mixed = False
    for line in content.split(b"\n"):
        try:
            lines.append(line.decode())
            mixed = mixed or not line.isascii()
        except UnicodeDecodeError:
            lines.append(line.decode(encoding, "replace"))
    text = "\n".join(lines)
    warning = f"Parts of it are UTF-8 and parts {encoding}" if mixed else _note_broken(text, encoding)
    return Decoded(text, encoding, warning)


def _lenient(content: bytes, encoding: str) -> Decoded:
    text = content.decode(encoding, "replace")
    return Decoded(text, encoding, _note_broken(text, encoding))


def _note_broken(text: str, encoding: str) -> str:
    broken = text.count(_REPLACED)
    return f"{broken} places could not be read as {encoding} and were replaced by {_REPLACED}" if broken else ""


def _wide_encoding(content: bytes) -> str:
    """UTF-16 without its mark: every second byte of ASCII text is NUL, of Russian text it is 4."""
    sample = content[:4_000]
    half = len(sample) // 2
    for encoding, high, low in (("utf-16-le", sample[1::2], sample[::2]), ("utf-16-be", sample[::2], sample[1::2])):
        if half and high.count(0) + high.count(4) > 0.9 * half and low.count(0) < 0.05 * half:
            return encoding
    return ""


def _declared(name: str) -> str:
    try:
        return codecs.lookup(name).name if name else ""
    except (LookupError, ValueError):
        return ""


def _code_page(sample: bytes) -> str:
    if not _RUN_OF_LETTERS.search(sample) and len(_HIGH.findall(sample)) < _ACCENTS * len(_LETTER.findall(sample)):
        return "cp1252"  # single accented letters and curly quotes in Latin text
    return max(("cp1251", "koi8-r", "cp866"), key=lambda encoding: _russianness(sample.decode(encoding, "replace")))


def _russianness(text: str) -> float:
    """How much it looks like Russian: common letters count for it, odd signs and capitals inside words against it."""
    score = 0.0
    before = " "
    for letter in text:
        if letter.lower() in _RANK:
            score += _RANK[letter.lower()] - (20 if before.islower() and letter.isupper() else 0)
        elif not letter.isascii() and letter not in _SIGNS:
            score -= 30
        before = letter
    return score
