"""What files are called that become documents."""

from typing import Final

TEXT_ENDINGS: Final = (".md", ".markdown", ".mdown", ".txt", ".text", ".html", ".htm", ".xhtml")
"""Of files that are text with marks in it."""
DOCUMENT_ENDINGS: Final = (
    *TEXT_ENDINGS,
    ".pdf",
    ".docx",
    ".docm",
    ".pptx",
    ".pptm",
    ".xlsx",
    ".xlsm",
    ".odt",
    ".rtf",
    ".epub",
    ".csv",
    ".tsv",
    ".json",
    ".jsonl",
    ".eml",
    ".msg",
    ".zip",
)

UPLOADS: Final = "~uploads/"
"""Begins the ids of uploaded documents. No file in the documents folder can have such an id: `~…` is passed over."""

FAQ: Final = f"{UPLOADS}faq/"
"""Begins the ids of reviewed answers. No uploaded document's name has a slash."""


def is_document(name: str) -> bool:
    """Whether a file of this name can become passages."""
    return name.lower().endswith(DOCUMENT_ENDINGS)
