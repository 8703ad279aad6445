"""Which files are no documents, by their names alone."""

from typing import Final

_BEGINNINGS: Final = (".", "~", "#")
_TEMPORARY: Final = (".swp", ".swo", ".swx", ".tmp", ".temp", ".part", ".partial", ".crdownload", ".bak", "~")


def is_hidden(name: str) -> bool:
    """Whether a name is that of a hidden or temporary file or folder."""
    return name.startswith(_BEGINNINGS) or name.lower().endswith(_TEMPORARY)
