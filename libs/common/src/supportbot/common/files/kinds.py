"""Which files can become documents, by the ends of their names."""

from typing import Final

DOCUMENT_ENDINGS: Final = (".md", ".markdown", ".mdown", ".txt", ".text", ".html", ".htm", ".xhtml")


def is_document(name: str) -> bool:
    """Whether a file of this name can become passages."""
    return name.lower().endswith(DOCUMENT_ENDINGS)
