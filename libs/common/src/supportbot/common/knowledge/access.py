"""Who may see what a document says, and until when: the one rule, for every engine that searches."""

from dataclasses import dataclass
from typing import Final, Literal

Audience = Literal["public", "operators"]
"""Whoever asks; or only the people who answer."""


@dataclass(frozen=True, slots=True)
class Access:
    """Of a document, with all its passages."""

    audience: str = "public"
    """Anything but `public` is for operators only: what is not understood must not be shown to everybody."""
    expires: float | None = None
    """Seconds since 1970 (UTC) from which on nobody finds it; None: never."""

    def open_to(self, reader: Audience, moment: float) -> bool:
        """Whether this reader may find it at this moment, in seconds since 1970."""
        return (self.expires is None or moment < self.expires) and (self.audience == "public" or reader == "operators")

    def holds_until(self, moment: float) -> float:
        """Until when what `open_to` says at this moment stays so."""
        return float("inf") if self.expires is None or moment >= self.expires else self.expires


PUBLIC: Final = Access()
