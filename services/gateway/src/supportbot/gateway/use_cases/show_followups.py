"""Show people at once that something of theirs was taken in, beside everything else."""

import asyncio
from collections.abc import Callable

from supportbot.gateway.domain.followups import FollowUp
from supportbot.gateway.ports import Messenger

MOST_AT_ONCE = 50


class FollowUps:
    """Worth little: what comes before there is a messenger, or while too much is being shown, is left out."""

    def __init__(self, wake: Callable[[], None]) -> None:
        """`wake` has the sender look for what was queued meanwhile."""
        self._wake = wake
        self._showing: set[asyncio.Task[None]] = set()
        self.messenger: Messenger | None = None

    def show(self, followup: FollowUp) -> None:
        """Begin to show it; whoever took it in waits for nothing."""
        if followup.queued:
            self._wake()
        if self.messenger is None or len(self._showing) >= MOST_AT_ONCE:
            return
        task = asyncio.create_task(self.messenger.follow_up(followup), name="follow up")
        self._showing.add(task)
        task.add_done_callback(self._showing.discard)

    async def settle(self) -> None:
        """Wait for what is being shown."""
        await asyncio.gather(*self._showing, return_exceptions=True)
