"""Cuts a text that is too long for one passage: between sentences, else between words, never inside a letter."""

from typing import Final

LONGEST: Final = 1_200
"""Characters of the longest passage."""
TARGET: Final = 1_000
"""Characters that a passage of a long section should have."""
_WINDOW: Final = 20_000
"""Longer stretches without a break are cut first, so that no text costs more than its length."""


def split_text(text: str) -> list[str]:
    """Pieces of at most `LONGEST` characters, about equally long; nothing but white space between them is lost."""
    return [piece for window in _windows(text) for piece in _split_evenly(window)]


def _split_evenly(text: str) -> list[str]:
    if len(text) <= LONGEST:
        return [text] if text.strip() else []
    from semantic_text_splitter import TextSplitter

    count = -(-len(text) // TARGET)
    least = min(len(text) // count, LONGEST)
    return list(TextSplitter((least, LONGEST)).chunks(text))


def _windows(text: str) -> list[str]:
    windows = []
    start = 0
    while len(text) - start > _WINDOW:
        end = max(text.rfind(mark, start, start + _WINDOW) for mark in ("\n", ". ", "! ", "? ", "。")) + 1
        if end <= start:
            end = text.rfind(" ", start, start + _WINDOW) + 1
        if end <= start:
            end = start + _WINDOW
        windows.append(text[start:end])
        start = end
    return [*windows, text[start:]]
