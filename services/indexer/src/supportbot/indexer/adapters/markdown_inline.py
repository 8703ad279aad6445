"""Markdown inside a line becomes what a reader sees: no marks, links with their address, unknown tags as text."""

import html
import re
from collections.abc import Sequence
from typing import Final

from markdown_it.token import Token

_SHOWN_SCHEMES: Final = ("http://", "https://", "mailto:", "tel:")
_COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_SILENT: Final = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_BREAK: Final = re.compile(r"<(?:br|/p|/div|/li|/tr|/summary|/h[1-6])\b[^<>]*>", re.IGNORECASE)
_TAG: Final = re.compile(
    r"</?(?:a|abbr|b|big|blockquote|br|center|code|col|colgroup|dd|del|details|div|dl|dt|em|figcaption|figure|font|"
    r"h[1-6]|hr|i|img|ins|kbd|li|main|mark|nav|ol|p|picture|pre|q|s|samp|section|small|source|span|strike|strong|sub|"
    r"summary|sup|svg|path|table|tbody|td|tfoot|th|thead|tr|tt|u|ul|var|video|iframe|article|aside|header|footer|input)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)


def without_tags(text: str) -> str:
    """The text of HTML that stands in Markdown; `<your name>` is no tag and stays."""
    bare = _SILENT.sub("", _COMMENT.sub("", text))
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", bare)))


def plain(tokens: Sequence[Token]) -> str:
    """The text of inline tokens as a reader sees it."""
    parts: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        match token.type:
            case "softbreak":
                parts.append(" ")
            case "hardbreak":
                parts.append("\n")
            case "html_inline":
                parts.append(_inline_tag(token.content))
            case "link_open":
                links.append((str(token.attrGet("href") or ""), len(parts)))
            case "link_close" if links:
                address, start = links.pop()
                parts.append(_shown_address(address, "".join(parts[start:])))
            case _:
                parts.append(token.content)
    return "".join(parts)


def _inline_tag(tag: str) -> str:
    if _BREAK.fullmatch(tag):
        return "\n"
    return "" if tag.startswith(("<!", "<?")) or _TAG.fullmatch(tag) else tag


def _shown_address(address: str, label: str) -> str:
    if not address.startswith(_SHOWN_SCHEMES):
        return ""
    bare = address.removeprefix("mailto:").removeprefix("tel:")
    return "" if bare.rstrip("/").split("//")[-1] in label else f" ({bare})"
