"""Telegram's HTML out of our light Markdown, and long texts in pieces.

Telegram counts UTF-16 units of what is shown, without tags. Once tables are lines (`lines_of_reply`), no line is shown
longer than it is written, so a piece of the source that fits also fits once it is formatted.
"""

import html
import re
import unicodedata

from supportbot.common.web.quotes import rows_as_lines
from supportbot.common.web.reply_text import Span, plain_blocks, read_reply
from supportbot.gateway.domain.graphemes import is_border

MESSAGE_UNITS = 4096
_ENDS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…])\s+"), re.compile(r"\s+"))
_INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp", "Cn", "Co", "Mn", "Me"}
_TAGS = {"strong": "b", "code": "code"}
_LEAST_SHARE = 0.5
"""A border in the first half of a piece is not worth half an empty message."""


def utf16_units(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(text) + sum(character > "\uffff" for character in text)


def escape(text: str) -> str:
    """Text that Telegram shows as it is."""
    return html.escape(text, quote=False)


def lines_of_reply(text: str) -> str:
    """What the machine wrote with its tables as lines, which may be longer than their rows."""
    return rows_as_lines(text)


def html_of_reply(text: str) -> str:
    """HTML of what the machine wrote."""
    return "\n".join(_line(line) for line in lines_of_reply(text).split("\n"))


def html_of_typed(text: str) -> str:
    """HTML of what a person typed: no markup in it."""
    return "\n".join(_spans(plain_blocks(line)[0].rows[0]) if line.strip() else "" for line in text.split("\n"))


def plain_of_reply(text: str) -> str:
    """What `html_of_reply` shows, without formatting: for when Telegram does not understand it."""
    return html.unescape(re.sub(r"</?(?:b|code|i)>", "", html_of_reply(text)))


def is_blank(text: str) -> bool:
    """Whether nothing of a text can be seen; Telegram refuses such a message."""
    return all(unicodedata.category(character) in _INVISIBLE for character in text)


def split_text(text: str, limit: int) -> list[str]:
    """A text in pieces of at most `limit` units, cut where a paragraph, line, sentence or word ends."""
    pieces = []
    rest = text.strip()
    while utf16_units(rest) > limit:
        cut = _cut(rest, limit)
        piece = rest[:cut].rstrip()
        if not is_blank(piece):
            pieces.append(piece)
        rest = rest[cut:].lstrip()
    return pieces if pieces and is_blank(rest) else [*pieces, rest]


def shorten(text: str, limit: int) -> str:
    """At most `limit` units of a text, with an ellipsis where something is left out."""
    if utf16_units(text) <= limit:
        return text
    return text[: _within(text, limit - 1)].rstrip() + "…"


def _line(line: str) -> str:
    if not line.strip():
        return ""
    block = read_reply(line)[0]
    mark = {"paragraph": "", "bullets": "• ", "numbers": f"{block.start}. "}[block.kind]
    return mark + _spans(block.rows[0])


def _spans(spans: tuple[Span, ...]) -> str:
    return "".join(_span(span) for span in spans)


def _span(span: Span) -> str:
    if span.kind == "mark":
        return f"[{span.text}]"
    tag = _TAGS.get(span.kind)
    text = escape(span.text)
    return f"<{tag}>{text}</{tag}>" if tag and not is_blank(span.text) else text


def _cut(text: str, limit: int) -> int:
    """Where to cut, so that what stands before it fits."""
    end = _within(text, limit)
    for border in _ENDS:
        cuts = [match.end() for match in border.finditer(text, 0, end) if match.start() >= end * _LEAST_SHARE]
        if cuts:
            return cuts[-1]
    return _whole_character(text, end)


def _within(text: str, limit: int) -> int:
    """How many characters of a text fit into `limit` units."""
    units = 0
    for index, character in enumerate(text):
        units += 2 if character > "\uffff" else 1
        if units > limit:
            return index
    return len(text)


def _whole_character(text: str, end: int) -> int:
    """`end`, or so little before it that nothing is torn apart which readers see as one character."""
    return next((cut for cut in range(end, 0, -1) if is_border(text, cut)), max(end, 1))
