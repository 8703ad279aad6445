"""Why nothing can be stored though the database answers: its disk is full, or it is read-only."""

import time
from typing import Final

TOLD_FOR_S: Final = 30.0
"""After that somebody has to try again: whoever is not ready gets nothing to store, and would never learn better."""


class LastRefusal:
    """What was said of the last write that could not be stored, until one is or it is out of date."""

    def __init__(self) -> None:
        self._said = ""
        self._at = 0.0

    def note(self, said: str) -> None:
        """A write was refused."""
        self._said, self._at = said, time.monotonic()

    def forget(self) -> None:
        """A write was stored."""
        self._said = ""

    def said(self) -> str | None:
        """What readiness has to say of it; None where all is well as far as anybody knows."""
        return self._said or None if time.monotonic() - self._at < TOLD_FOR_S else None
