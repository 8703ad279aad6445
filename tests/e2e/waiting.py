"""Waiting for what only the database or the log of another process can tell."""

import asyncio
from collections.abc import Callable

LOOK_EVERY_S = 0.05


async def until(holds: Callable[[], object], what: str | Callable[[], object], within_s: float = 30.0) -> None:
    """Return when `holds` gives something true; fails after `within_s` with `what`."""
    deadline = asyncio.get_running_loop().time() + within_s
    while not holds():
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"not within {within_s:.0f} s: {what() if callable(what) else what}")
        await asyncio.sleep(LOOK_EVERY_S)
