"""Quoted Markdown as text that reads well in a chat: marks gone, lists and table rows legible."""

import re
from collections.abc import Sequence
from typing import Final

from supportbot.answerer.domain.sentences import Sentence

_IMAGE: Final = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_LINK: Final = re.compile(r"\[([^\]]+)\]\(\s*<?([^)\s>]*)>?[^)]*\)")
_TAG: Final = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]{0,200}>", re.DOTALL)
_EMPHASIS: Final = re.compile(r"(?<!\w)(\*\*\*|\*\*|\*|___|__|_|~~)(?=\S)(.+?)(?<=\S)\1(?!\w)", re.DOTALL)
_CODE: Final = re.compile(r"(`+)(.+?)\1", re.DOTALL)
_ASIDE: Final = "\ue000"
"""A private character, which no document has: around the number of what is set aside."""
_SET_ASIDE: Final = re.compile(f"{_ASIDE}(\\d+){_ASIDE}")
_COLUMN: Final = re.compile(r"- [^:;\n]{1,60}: ")
_BULLET: Final = re.compile(r"[-*+•–—]\s+")
_QUOTE_MARK: Final = re.compile(r"^\s*(?:>\s?)+", re.MULTILINE)
_HEADING_MARK: Final = re.compile(r"^\s*#{1,6}\s+|\s+#+\s*$")
_ESCAPE: Final = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>~])")


def readable(text: str, run: Sequence[Sentence]) -> str:
    """Sentences that follow each other, as a person would write them: sentences in a line, items each on its own."""
    written = ""
    for place, sentence in enumerate(run):
        said = _one(text, sentence)
        if not said:
            continue
        if written:
            together = sentence.kind == "sentence" and run[place - 1].block == sentence.block
            written += " " if together else "\n"
        written += said
    return written


def plain(markdown: str) -> str:
    """Inline marks removed, blanks and line breaks as one space; a link keeps its address where it is a full one.

    What stands in code is said as it stands there: `<key>` is no tag.
    """
    code: list[str] = []

    def set_aside(found: re.Match[str]) -> str:
        code.append(" ".join(found[2].split()))
        return f"{_ASIDE}{len(code) - 1}{_ASIDE}"

    text = _CODE.sub(set_aside, _QUOTE_MARK.sub("", markdown.replace(_ASIDE, "")))
    text = _LINK.sub(_link, _IMAGE.sub(r"\1", _TAG.sub(" ", text)))
    for _ in range(2):
        text = _EMPHASIS.sub(r"\2", text)
    text = " ".join(_ESCAPE.sub(r"\1", text).split())
    return _SET_ASIDE.sub(lambda found: code[int(found[1])], text)


def _one(text: str, sentence: Sentence) -> str:
    raw = text[sentence.start : sentence.end]
    if sentence.kind == "row":
        return _row(text, sentence)
    if sentence.kind == "heading":
        return plain(_HEADING_MARK.sub("", raw))
    if sentence.kind == "item" and (bullet := _BULLET.match(raw)):
        return (
            f"• {plain(_without_column(raw[bullet.end() :]) if is_table_row(text, sentence) else raw[bullet.end() :])}"
        )
    return plain(raw)


def is_table_row(text: str, sentence: Sentence) -> bool:
    """Whether it is a row of a table, also of one that was indexed as a list: `- Weight: 1 kg; Price: 300 ₽`."""
    if sentence.kind == "row":
        return True
    column = _COLUMN.match(text, sentence.start, sentence.end)
    return column is not None and len(re.findall(f"^{re.escape(column.group())}", text, re.MULTILINE)) > 1


def _without_column(row: str) -> str:
    """`Weight: 1 kg; Price: 300 ₽` as `1 kg — Price: 300 ₽`: what a row is about needs no name."""
    first, _, rest = row.partition(": ")[2].partition("; ")
    return f"{first} — {rest}" if rest else first


def _row(text: str, sentence: Sentence) -> str:
    """`| 1 kg | 300 ₽ |` under `| Weight | Price |` becomes `1 kg — Price: 300 ₽`."""
    cells = _cells(text[sentence.start : sentence.end])
    header = _header(text, sentence.start)
    if header is None or len(header) != len(cells):
        return " — ".join(cell for cell in cells if cell)
    named = [f"{name}: {cell}" if name else cell for name, cell in zip(header, cells, strict=True) if cell]
    return _without_column("; ".join(named)) if cells[0] and header[0] else "; ".join(named)


def _header(text: str, start: int) -> list[str] | None:
    """The cells of the row above the rule of the table that this place is in."""
    lines = text[:start].splitlines()
    while lines and lines[-1].strip().startswith("|"):
        line = lines.pop()
        if set(line.strip()) <= set("|-: ") and lines and lines[-1].strip().startswith("|"):
            return _cells(lines[-1])
    return None


def _cells(row: str) -> list[str]:
    return [plain(cell) for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def _link(match: re.Match[str]) -> str:
    label, address = match.group(1), match.group(2)
    shown = address.startswith(("http://", "https://", "mailto:", "tel:")) and address.split(":", 1)[1] not in label
    return f"{label} ({address.removeprefix('mailto:').removeprefix('tel:')})" if shown and address != label else label
