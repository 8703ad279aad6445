"""Markdown files: CommonMark with tables, and the front matter that site generators put on top."""

import re
from typing import Any, Final

from supportbot.indexer.adapters.encodings import decode
from supportbot.indexer.adapters.markdown_blocks import read_blocks
from supportbot.indexer.domain.outline import Outline
from supportbot.indexer.domain.parsed import ParsedDocument
from supportbot.indexer.domain.titles import title_from_path

_FRONT_MATTER: Final = re.compile(r"---[^\S\n]*\n(.*?)\n(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.DOTALL)
_FIELD: Final = re.compile(r"(title|url|source|link|canonical_url)[^\S\n]*:[^\S\n]*(\S[^\n]*)", re.IGNORECASE)


def read_markdown(path: str, content: bytes) -> ParsedDocument:
    """A Markdown file as sections. Its title: front matter, else the first heading, else its file name."""
    decoded = decode(content)
    text = decoded.text.replace("\r\n", "\n").replace("\r", "\n")
    fields, body = _front_matter(text)
    outline = Outline(fields.get("title", ""))
    read_blocks(body, outline)
    warnings = (decoded.warning,) if decoded.warning else ()
    address = next((value for name, value in fields.items() if name != "title"), "")
    source = address if address.startswith(("http://", "https://")) else ""
    return ParsedDocument(outline.title or title_from_path(path), outline.finish(), source, warnings)


def _front_matter(text: str) -> tuple[dict[str, Any], str]:
    found = _FRONT_MATTER.match(text)
    if found is None:
        return {}, text
    lines = (_FIELD.match(line) for line in found[1].split("\n"))
    fields = {line[1].lower(): line[2].strip().strip("\"'") for line in lines if line}
    return fields, text[found.end() :]
