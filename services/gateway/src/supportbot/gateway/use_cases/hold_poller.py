"""Hold the lease of the one process that decides how a bot's updates come, and fetches them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Never
from uuid import uuid4

from supportbot.common.database.leases import POLLER_LEASE_S, acquire_poller, release_poller
from supportbot.common.database.transactions import Database, DatabaseUnavailableError
from supportbot.common.ids import BotId
from supportbot.common.telemetry.outage import Outage

RENEW_EVERY_S = 5.0


class PollerLease:
    """Runs work while it is ours. Somebody else begins only when it was released or ran out."""

    def __init__(self, database: Database, bot: BotId, renew_every_s: float = RENEW_EVERY_S) -> None:
        self._database = database
        self._bot = bot
        self._renew_every_s = renew_every_s
        self._token = uuid4()
        self._outage = Outage("Polling has to wait for the database", "Polling goes on", bot=bot)

    async def hold(self, work: Callable[[], Awaitable[None]]) -> Never:
        """Run `work` whenever the lease is ours, for ever."""
        while True:
            if await self._acquire():
                await self._run(work)
            else:
                await asyncio.sleep(self._renew_every_s)

    async def release(self) -> None:
        """Let another process take our place at once."""
        await self._database.write(lambda tx: release_poller(tx, self._bot, self._token), lane="relaxed")

    async def _run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Return when the lease is lost; raise what `work` raises."""
        working = asyncio.ensure_future(work())
        try:
            await self._renew_during(working)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def _renew_during(self, working: asyncio.Future[None]) -> None:
        clock = asyncio.get_running_loop().time
        renewed_at = clock()
        while clock() < renewed_at + POLLER_LEASE_S - RENEW_EVERY_S:
            done, _ = await asyncio.wait({working}, timeout=self._renew_every_s)
            if done:
                working.result()
                return
            asked_at = clock()
            renewed = await self._acquire()
            if renewed:
                renewed_at = asked_at
            elif renewed is False:
                return

    async def _acquire(self) -> bool | None:
        """Whether the lease is ours; None where nobody can tell."""
        try:
            acquired = await self._database.write(lambda tx: acquire_poller(tx, self._bot, self._token), lane="relaxed")
        except DatabaseUnavailableError as error:
            self._outage.met(error)
            return None
        self._outage.over()
        return acquired
