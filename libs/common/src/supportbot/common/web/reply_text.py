"""The light Markdown that replies are written in, read into a structure that a template can show safely."""

import re
from dataclasses import dataclass
from typing import Literal

from supportbot.common.web.quotes import rows_as_lines

_INLINE = re.compile(
    r"\*\*(?P<strong>[^*\n]+)\*\*|`(?P<code>[^`\n]+)`|(?P<link>https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]])|\[(?P<mark>\d{1,2})\]"
)
_BULLET = re.compile(r"^[-*•] +")
_NUMBER = re.compile(r"^\d{1,3}[.)] +")


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text of one kind; `mark` is the number of a source."""

    kind: Literal["text", "strong", "code", "link", "mark", "break"]
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a list with one row of spans per item."""

    kind: Literal["paragraph", "bullets", "numbers"]
    rows: tuple[tuple[Span, ...], ...]
    start: int = 1
    """The first number of a numbered list."""


def read_reply(text: str) -> list[Block]:
    """The blocks of a reply. Nothing is lost: what is no markup of ours stays text."""
    blocks: list[Block] = []
    for part in re.split(r"\n\s*\n", rows_as_lines(text).strip()):
        blocks.extend(_read_part(part.split("\n")))
    return blocks


def plain_blocks(text: str) -> list[Block]:
    """What a person typed: paragraphs and links, no markup."""
    return [Block("paragraph", (_lines(part.split("\n"), marked=False),)) for part in re.split(r"\n\s*\n", text)]


def _read_part(lines: list[str]) -> list[Block]:
    blocks: list[Block] = []
    start = 0
    for end in range(1, len(lines) + 1):
        if end == len(lines) or _kind(lines[end]) != _kind(lines[start]):
            blocks.append(_block(_kind(lines[start]), lines[start:end]))
            start = end
    return blocks


def _kind(line: str) -> Literal["paragraph", "bullets", "numbers"]:
    if _BULLET.match(line):
        return "bullets"
    return "numbers" if _NUMBER.match(line) else "paragraph"


def _block(kind: Literal["paragraph", "bullets", "numbers"], lines: list[str]) -> Block:
    if kind == "paragraph":
        return Block(kind, (_lines(lines, marked=True),))
    pattern = _BULLET if kind == "bullets" else _NUMBER
    start = int(re.split(r"[.)]", lines[0])[0]) if kind == "numbers" else 1
    return Block(kind, tuple(_spans(pattern.sub("", line), marked=True) for line in lines), start)


def _lines(lines: list[str], *, marked: bool) -> tuple[Span, ...]:
    spans: list[Span] = []
    for number, line in enumerate(lines):
        if number:
            spans.append(Span("break", ""))
        spans.extend(_spans(line, marked=marked))
    return tuple(spans)


def _spans(line: str, *, marked: bool) -> tuple[Span, ...]:
    spans: list[Span] = []
    at = 0
    for match in _INLINE.finditer(line):
        kind = match.lastgroup
        if not marked and kind != "link":
            continue
        if match.start() > at:
            spans.append(Span("text", line[at : match.start()]))
        spans.append(Span(kind, match.group(kind)))  # type: ignore[arg-type]  # the pattern's groups are the kinds
        at = match.end()
    if at < len(line) or not spans:
        spans.append(Span("text", line[at:]))
    return tuple(spans)
