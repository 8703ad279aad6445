"""Plain text files."""

from supportbot.indexer.adapters.encodings import decode
from supportbot.indexer.domain.parsed import ParsedDocument
from supportbot.indexer.domain.plain_text import parse_plain_text
from supportbot.indexer.domain.titles import title_from_path


def read_plain_text(path: str, content: bytes) -> ParsedDocument:
    """A text file as sections. Its title is its underlined first line, else its file name."""
    decoded = decode(content)
    parsed = parse_plain_text(decoded.text)
    warnings = (decoded.warning,) if decoded.warning else ()
    return ParsedDocument(parsed.title or title_from_path(path), parsed.sections, warnings=warnings)
