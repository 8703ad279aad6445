"""Hold the lease of a bot's one active sender."""

import asyncio
import time
from collections.abc import Callable
from uuid import uuid4

from supportbot.common.database.leases import SENDER_LEASE_S, release_sender, succeed_sender
from supportbot.common.database.outbound import REQUEST_TIMEOUT_S, START_WITHIN_S
from supportbot.common.database.transactions import Database, DatabaseUnavailableError
from supportbot.common.ids import BotId
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.outage import Outage

RENEW_EVERY_S = 5.0
RETRY_AFTER_S = 1.0
SUCCESSION_S = START_WITHIN_S + REQUEST_TIMEOUT_S
"""How long the follower of a sender that vanished waits for what is still on its way."""
_log = logger(__name__)


class SenderLease:
    """Says whether we may send now. Measured by the monotonic clock from before each renewal was asked for."""

    def __init__(self, database: Database, bot: BotId, clock: Callable[[], float] = time.monotonic) -> None:
        self.token = uuid4()
        self.generation = 0
        """Counts how often we became the sender; whoever sends looks after what predecessors left when it changes."""
        self._database = database
        self._bot = bot
        self._clock = clock
        self._renewed_at: float | None = None
        self._begin_at = float("-inf")
        self._changed = asyncio.Event()
        self._outage = Outage("The sender's lease cannot be renewed", "The sender's lease is renewed again", bot=bot)

    def wait_s(self) -> float | None:
        """0 where a request may begin now; seconds until then; None where somebody else sends."""
        now = self._clock()
        if self._renewed_at is None or now >= self._renewed_at + SENDER_LEASE_S - REQUEST_TIMEOUT_S:
            return None
        return max(0.0, self._begin_at - now)

    async def wait_for_change(self, seconds: float) -> None:
        """Return when the lease was won or lost, or after so many seconds."""
        self._changed.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return

    async def hold(self) -> None:
        """Acquire the lease and renew it, for ever."""
        while True:
            asked = await self.renew()
            await asyncio.sleep(RENEW_EVERY_S if asked else RETRY_AFTER_S)

    async def renew(self) -> bool:
        """Ask for the lease once. False where the database could not be asked."""
        asked_at = self._clock()
        try:
            taken, predecessor = await self._database.write(
                lambda tx: succeed_sender(tx, self._bot, self.token), lane="relaxed"
            )
        except DatabaseUnavailableError as error:
            self._outage.met(error)
            return False
        self._outage.over()
        if not taken:
            self._lose()
            return True
        if self._renewed_at is None:
            self._win(waits=predecessor is not None)
        self._renewed_at = asked_at
        return True

    async def release(self) -> None:
        """Let another sender begin; only when nothing of ours is on its way."""
        if self._renewed_at is not None:
            self._renewed_at = None
            waited = self._clock() >= self._begin_at
            await self._database.write(
                lambda tx: release_sender(tx, self._bot, self.token, waited_out=waited), lane="relaxed"
            )

    def _win(self, *, waits: bool) -> None:
        self._begin_at = self._clock() + SUCCESSION_S if waits else float("-inf")
        self.generation += 1
        self._changed.set()
        _log.info("This process sends for the bot now", bot=self._bot, waits_s=SUCCESSION_S if waits else 0)

    def _lose(self) -> None:
        if self._renewed_at is not None:
            _log.warning("Another process sends for the bot now", bot=self._bot)
        self._renewed_at = None
        self._changed.set()
