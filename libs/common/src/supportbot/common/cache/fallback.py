"""Redis with a stand-in: while it is away, the process keeps cache and limits by itself and nobody waits."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar

from supportbot.common.cache.memory import MemoryCache
from supportbot.common.cache.port import Allowance, Cache
from supportbot.common.cache.redis import RedisAwayError
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.metrics import REDIS_AWAY

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 15.0
_MOST_MISSED: Final = 1_000
_log = logger(__name__)
T = TypeVar("T")


class SharedCache(Cache, Protocol):
    """A cache elsewhere, whose calls raise RedisAwayError."""

    async def ping(self) -> None:
        """Raise where it is away."""
        ...


class FallbackCache:
    """Cache that asks Redis, and memory where Redis failed; a probe in the background notices when it is back.

    What is allowed is counted in memory too. So a flushed or lost Redis frees nobody from what he did at this process.
    """

    def __init__(
        self,
        shared: SharedCache,
        memory: MemoryCache,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Use `start` before anything else."""
        self._shared = shared
        self._memory = memory
        self._pause = pause
        self._probe: asyncio.Task[None] | None = None
        self._missed: set[str] = set()
        self._missed_prefixes: set[str] = set()

    @property
    def away(self) -> bool:
        """Whether memory stands in now."""
        return self._probe is not None

    async def start(self) -> None:
        """Look whether Redis is there."""
        await self._tried(self._shared.ping)

    async def get(self, key: str) -> bytes | None:
        """See Cache."""
        if not self.away:
            with contextlib.suppress(_Failed):
                return await self._shared_call(lambda: self._shared.get(key))
        return await self._memory.get(key)

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """See Cache."""
        if not await self._tried(lambda: self._shared.set(key, value, ttl_s)):
            self._miss(key)
            await self._memory.set(key, value, ttl_s)

    async def delete(self, key: str) -> None:
        """See Cache."""
        await self._memory.delete(key)
        if not await self._tried(lambda: self._shared.delete(key)):
            self._miss(key)

    async def flush(self, prefix: str = "") -> None:
        """See Cache."""
        await self._memory.flush(prefix)
        if not await self._tried(lambda: self._shared.flush(prefix)):
            self._missed_prefixes.add(prefix)

    async def allow(self, key: str, limit: int, per_s: float) -> Allowance:
        """See Cache; what is allowed is what neither Redis nor this process forbids."""
        own = self._memory.look(key, limit, per_s)
        if not own.allowed:
            return own
        found = own
        if not self.away:
            with contextlib.suppress(_Failed):
                found = await self._shared_call(lambda: self._shared.allow(key, limit, per_s))
        if found.allowed:
            self._memory.count(key, per_s)
        return Allowance(found.allowed, min(found.remaining, own.remaining), found.wait_s)

    async def close(self) -> None:
        """See Cache."""
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.gather(self._probe, return_exceptions=True)
            self._probe = None
            REDIS_AWAY.set(0)
        await self._shared.close()

    async def _tried(self, call: Callable[[], Awaitable[None]]) -> bool:
        if self.away:
            return False
        try:
            await self._shared_call(call)
        except _Failed:
            return False
        return True

    async def _shared_call(self, call: Callable[[], Awaitable[T]]) -> T:
        try:
            return await call()
        except RedisAwayError as error:
            self._note_away(error)
            raise _Failed from error

    def _note_away(self, error: RedisAwayError) -> None:
        if self._probe is None:
            _log.warning("Redis is away; this process keeps its own cache and user limits meanwhile", error=str(error))
            REDIS_AWAY.set(1)
            self._probe = asyncio.create_task(self._until_back())

    async def _until_back(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            await self._pause(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            try:
                await self._shared.ping()
                await self._catch_up()
            except RedisAwayError:
                continue
            except Exception:  # the probe must not die: nobody else would notice that Redis is back
                _log.exception("Looking for Redis failed")
                continue
            self._probe = None
            await self._memory.flush()
            REDIS_AWAY.set(0)
            _log.info("Redis is back")
            return

    async def _catch_up(self) -> None:
        """Forget in Redis what became out of date there meanwhile."""
        while self._missed_prefixes or self._missed:
            if self._missed_prefixes:
                prefix = next(iter(self._missed_prefixes))
                await self._shared.flush(prefix)
                self._missed_prefixes.discard(prefix)
            else:
                key = next(iter(self._missed))
                await self._shared.delete(key)
                self._missed.discard(key)

    def _miss(self, key: str) -> None:
        self._missed.add(key)
        if len(self._missed) > _MOST_MISSED:
            self._missed.clear()
            self._missed_prefixes.add("")


class _Failed(Exception):  # noqa: N818  # a signal between two methods
    """Redis did not do it."""
