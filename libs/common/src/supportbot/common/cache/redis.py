"""The cache that all processes share: Redis, by calls that are short or fail."""

import asyncio
import secrets
from collections.abc import Awaitable
from typing import Any, Final, TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from supportbot.common.cache.port import Allowance
from supportbot.common.errors import SupportbotError

TIMEOUT_S: Final = 0.05
"""Nobody who writes to us waits longer; after the first such wait memory stands in."""
NAMESPACE: Final = "supportbot"
_PAGE: Final = 500
_GLOB: Final = str.maketrans({letter: f"\\{letter}" for letter in "\\*?[]^-"})
_ALLOW: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local used = redis.call('ZCARD', KEYS[1])
if used < limit then
    redis.call('ZADD', KEYS[1], now, ARGV[3])
    redis.call('PEXPIRE', KEYS[1], window)
    return {1, limit - used - 1, 0}
end
local oldest = redis.call('ZRANGE', KEYS[1], -limit, -limit, 'WITHSCORES')
return {0, 0, tonumber(oldest[2]) + window - now}
"""
T = TypeVar("T")


class RedisAwayError(SupportbotError):
    """Redis cannot be reached, or did not answer as it should; the text says why."""


class RedisCache:
    """Cache in Redis; raises RedisAwayError, so it stands behind FallbackCache. All keys begin with a name of ours."""

    def __init__(
        self, host: str, port: int, password: str = "", *, namespace: str = NAMESPACE, timeout_s: float = TIMEOUT_S
    ) -> None:
        """Prepare; nothing is sent yet."""
        self.address = f"{host}:{port}"
        self._namespace = namespace
        self._timeout_s = timeout_s
        self._redis: Any = Redis(
            host=host,
            port=port,
            password=password or None,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),
        )
        self._allow: Any = self._redis.register_script(_ALLOW)

    async def ping(self) -> None:
        """Raise where Redis is away."""
        await self._in_time(self._redis.ping())

    async def get(self, key: str) -> bytes | None:
        """See Cache."""
        found: bytes | None = await self._in_time(self._redis.get(self._key("cache", key)))
        return found

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """See Cache."""
        await self._in_time(self._redis.set(self._key("cache", key), value, px=max(1, round(ttl_s * 1000))))

    async def delete(self, key: str) -> None:
        """See Cache."""
        await self._in_time(self._redis.unlink(self._key("cache", key)))

    async def flush(self, prefix: str = "") -> None:
        """See Cache; walks over the keys, a page at a time."""
        pattern = self._key("cache", prefix.translate(_GLOB)) + b"*"
        cursor = 0
        while True:
            cursor, keys = await self._in_time(self._redis.scan(cursor, match=pattern, count=_PAGE))
            if keys:
                await self._in_time(self._redis.unlink(*keys))
            if not cursor:
                return

    async def allow(self, key: str, limit: int, per_s: float) -> Allowance:
        """See Cache; by Redis' clock, in one call that nothing comes between."""
        window_ms = max(1, round(per_s * 1000))
        arguments = [limit, window_ms, secrets.token_bytes(8)]
        allowed, remaining, wait_ms = await self._in_time(self._allow([self._key("limit", key)], arguments))
        return Allowance(bool(allowed), remaining, wait_ms / 1000)

    async def close(self) -> None:
        """See Cache."""
        await self._redis.aclose()

    def _key(self, kind: str, key: str) -> bytes:
        return f"{self._namespace}:{kind}:{key}".encode("utf-8", "surrogatepass")

    async def _in_time(self, call: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await call
        except (RedisError, OSError, TimeoutError) as error:
            raise RedisAwayError(
                f"Redis at {self.address} does not answer ({type(error).__name__}): check REDIS_HOST, REDIS_PORT and "
                "REDIS_PASSWORD, and that Redis runs there"
            ) from error
