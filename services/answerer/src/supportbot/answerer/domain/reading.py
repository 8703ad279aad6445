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
    """Inline marks removed, blanks and line breaks as one space; a link keeps its address where it is a full one."""
    text = _TAG.sub(" ", _QUOTE_MARK.sub("", markdown))
    text = _LINK.sub(_link, _IMAGE.sub(r"\1", text))
    text = _CODE.sub(r"\2", text)
    for _ in range(2):
        text = _EMPHASIS.sub(r"\2", text)
    return " ".join(_ESCAPE.sub(r"\1", text).split())


def _one(text: str, sentence: Sentence) -> str:
    raw = text[sentence.start : sentence.end]
    if sentence.kind == "row":
        return _row(text, sentence)
    if sentence.kind == "heading":
        return plain(_HEADING_MARK.sub("", raw))
    if sentence.kind == "item" and (bullet := _BULLET.match(raw)):
        return f"• {plain(raw[bullet.end() :])}"
    return plain(raw)


def _row(text: str, sentence: Sentence) -> str:
    """`| 1 kg | 300 ₽ |` under `| Weight | Price |` becomes `Weight: 1 kg; Price: 300 ₽`."""
    cells = _cells(text[sentence.start : sentence.end])
    header = _header(text, sentence.start)
    if header is None or len(header) != len(cells):
        return " — ".join(cell for cell in cells if cell)
    named = (f"{name}: {cell}" if name else cell for name, cell in zip(header, cells, strict=True) if cell)
    return "; ".join(named)


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
