"""Text from outside, made fit to be stored and shown."""

import unicodedata

TEXT_LIMIT = 20_000
"""Characters of the longest message or reply."""
_UNSEEN_KINDS = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(code) for code in range(0xFE00, 0xFE10)}
"""Letters and marks by their kind that show nothing when they stand alone."""


def clean_text(text: str) -> str:
    """Text that every store and browser can hold: no NUL, no half characters, one kind of line end, no outer space.

    What shows nothing at all is empty.
    """
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    cleaned = whole.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").strip()
    return cleaned if any(map(_is_seen, cleaned)) else ""


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in _UNSEEN_KINDS and character not in _UNSEEN
