"""Telegram counts text in UTF-16 code units."""


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def cut(text: str, offset: int, length: int) -> str:
    """The part that an entity covers."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return raw[offset * 2 : (offset + length) * 2].decode("utf-16-le", "surrogatepass")


def splits_pair(text: str, offset: int) -> bool:
    """Whether the offset lies inside a surrogate pair."""
    raw = text.encode("utf-16-le", "surrogatepass")
    unit = int.from_bytes(raw[offset * 2 : offset * 2 + 2], "little")
    return 0xDC00 <= unit <= 0xDFFF
