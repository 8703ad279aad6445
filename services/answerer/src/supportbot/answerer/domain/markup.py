"""What a model wrote as plain text: pages and documents are not asked for, and nobody wants to read their marks."""

import re
from html import unescape
from typing import Final

_UNSEEN: Final = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
_BREAK: Final = re.compile(r"<(?:br|/p|/div|/li|/tr|/h\d)\b[^<>]*>", re.IGNORECASE)
_TAG: Final = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
_PICTURE: Final = re.compile(r"!\[([^\]]*)\]\([^()\s]*(?:\s[^()]*)?\)")
_LINK: Final = re.compile(r"\[([^\]]+)\]\(([^()\s]+)(?:\s[^()]*)?\)")
_AUTOLINK: Final = re.compile(r"<(https?://[^<>\s]+)>")
_LINE_MARK: Final = re.compile(r"^\s*(?:#{1,6}\s+|>\s?|```\w*\s*$|(?:[-*_]\s*){3,}$)", re.MULTILINE)
_FENCE: Final = re.compile(r"```(?:\w+\n)?")
_STRONG: Final = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")


def plain(text: str) -> str:
    """Without HTML and Markdown. Where a link leads stays readable, so that it is checked as any other."""
    text = _TAG.sub("", _BREAK.sub(" ", _AUTOLINK.sub(r"\1", _UNSEEN.sub("", text))))
    text = _TAG.sub("", unescape(text))  # tags that were written as entities
    text = _LINK.sub(_readable, _PICTURE.sub(r"\1", text))
    text = _STRONG.sub(r"\2", _FENCE.sub("", _LINE_MARK.sub("", text)))
    return re.sub(r"[ \t]*\n\s*", " ", text).strip()


def _readable(link: re.Match[str]) -> str:
    name, address = link.groups()
    return address if name == address else f"{name} ({address})"
