"""The port behind which a cache and user limits stand. Nothing rests on it: all of it may be gone at any moment."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Allowance:
    """Whether something may be done now, and what is left of the limit."""

    allowed: bool
    remaining: int
    """How often it may be done after this, within the same window."""
    wait_s: float = 0.0
    """Seconds until it is allowed again; 0 where it is allowed."""


class Cache(Protocol):
    """Values for a while, and counts of what somebody did within a window. No call takes long or raises."""

    async def get(self, key: str) -> bytes | None:
        """The value that was set, or None where there is none any more."""
        ...

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """Keep a value for that many seconds, at most."""
        ...

    async def delete(self, key: str) -> None:
        """Forget a value."""
        ...

    async def flush(self, prefix: str = "") -> None:
        """Forget all values whose key begins so. Limits stay, and so does what others keep in the same store."""
        ...

    async def allow(self, key: str, limit: int, per_s: float) -> Allowance:
        """Count one more of `limit` within any `per_s` seconds; what is not allowed is not counted."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
