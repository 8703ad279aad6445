"""Which reader a file gets, by the end of its name, and what can be said about a file before it is read."""

from collections.abc import Callable
from typing import Final

from supportbot.common.files.kinds import DOCUMENT_ENDINGS
from supportbot.indexer.adapters.text import read_plain_text
from supportbot.indexer.domain.documents import UnreadableDocumentError
from supportbot.indexer.domain.parsed import ParsedDocument


def _markdown(path: str, content: bytes) -> ParsedDocument:
    from supportbot.indexer.adapters.markdown import read_markdown

    return read_markdown(path, content)


def _html(path: str, content: bytes) -> ParsedDocument:
    from supportbot.indexer.adapters.html import read_html

    return read_html(path, content)


_READERS: Final[dict[str, Callable[[str, bytes], ParsedDocument]]] = {
    ".md": _markdown,
    ".markdown": _markdown,
    ".mdown": _markdown,
    ".txt": read_plain_text,
    ".text": read_plain_text,
    ".html": _html,
    ".htm": _html,
    ".xhtml": _html,
}


def read_document(path: str, content: bytes) -> ParsedDocument:
    """The document in a file.

    Raises:
        UnreadableDocumentError: it is empty, not what its name says, or holds no words.
    """
    ending = next((ending for ending in _READERS if path.lower().endswith(ending)), None)
    if ending is None:
        raise UnreadableDocumentError(f"This kind of file is not read. These are: {', '.join(DOCUMENT_ENDINGS)}")
    parsed = _READERS[ending](path, content)
    if not any(letter.isalnum() for letter in _letters(parsed)):
        raise UnreadableDocumentError("No words were found in the file. Put text into it, or remove it")
    return parsed


def _letters(parsed: ParsedDocument) -> str:
    return "".join("".join([*section.headings, *(b.text for b in section.blocks)]) for section in parsed.sections)
