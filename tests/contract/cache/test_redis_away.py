"""F39: Redis flushed, away, wedged or misconfigured, in any order, and nobody waits or gets more than he may."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import structlog
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from supportbot.common.cache.fallback import FallbackCache
from supportbot.common.cache.memory import MemoryCache
from supportbot.common.cache.opener import open_cache
from supportbot.common.cache.redis import RedisAwayError
from supportbot.common.settings import CommonSettings
from tests.contract.cache.conftest import redis_cache
from tests.servers.redis import RedisAddress, RedisServer

pytestmark = pytest.mark.redis


class Pauses:
    """The probe's pauses, each as long as the test likes."""

    def __init__(self) -> None:
        self.lengths: list[float] = []
        self._ended = asyncio.Semaphore(0)

    async def __call__(self, seconds: float) -> None:
        self.lengths.append(seconds)
        await self._ended.acquire()

    def end(self) -> None:
        self._ended.release()


@asynccontextmanager
async def with_stand_in(address: RedisAddress, pauses: Pauses) -> AsyncIterator[FallbackCache]:
    cache = FallbackCache(redis_cache(address), MemoryCache(), pauses)
    await cache.start()
    yield cache
    await cache.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  # what happens in another process rings no bell
            await asyncio.sleep(0.01)


def metric() -> float | None:
    return REGISTRY.get_sample_value("supportbot_redis_away")


async def test_f39_memory_stands_in_while_redis_is_away_and_says_so_once(own_server: RedisServer) -> None:
    pauses = Pauses()
    with structlog.testing.capture_logs() as logs:
        async with with_stand_in(own_server.address, pauses) as cache:
            await cache.set("before", b"1", 60)
            own_server.kill()
            assert await cache.get("before") is None
            await cache.set("meanwhile", b"2", 60)
            assert (await cache.get("meanwhile"), cache.away, metric()) == (b"2", True, 1)
            for _ in range(3):
                pauses.end()
            await until(lambda: len(pauses.lengths) == 4)
            assert pauses.lengths == [0.5, 1, 2, 4]

            own_server.start()
            pauses.end()
            await until(lambda: not cache.away)
            assert metric() == 0
            await cache.set("after", b"3", 60)
            assert await cache.get("after") == b"3"
    assert [line["log_level"] for line in logs] == ["warning", "info"]
    assert own_server.password not in str(logs)


async def test_f39_nobody_is_freed_from_his_limit_by_an_outage_or_a_flush(own_server: RedisServer) -> None:
    pauses = Pauses()
    async with with_stand_in(own_server.address, pauses) as cache:
        assert [(await cache.allow("visitor", 3, 60)).allowed for _ in range(2)] == [True, True]
        async with Redis(port=own_server.port, password=own_server.password) as redis:
            await redis.flushall()
            await redis.script_flush()
        assert (await cache.allow("visitor", 3, 60)).remaining == 0
        assert not (await cache.allow("visitor", 3, 60)).allowed
        own_server.kill()
        assert not (await cache.allow("visitor", 3, 60)).allowed
        assert (await cache.allow("somebody else", 1, 60)).allowed
        own_server.start()
        pauses.end()
        await until(lambda: not cache.away)
        assert not (await cache.allow("visitor", 3, 60)).allowed
        assert not (await cache.allow("somebody else", 1, 60)).allowed


async def test_limits_hold_over_processes(redis_address: RedisAddress) -> None:
    first = redis_cache(redis_address)
    second = redis_cache(redis_address)
    second._namespace = first._namespace
    caches = [FallbackCache(shared, MemoryCache()) for shared in (first, second)]
    assert [(await caches[n % 2].allow("visitor", 3, 60)).allowed for n in range(5)] == [True, True, True, False, False]
    for cache in caches:
        await cache.close()


async def test_what_was_changed_meanwhile_is_not_found_old_again(redis_address: RedisAddress) -> None:
    pauses = Pauses()
    shared = redis_cache(redis_address)
    cache = FallbackCache(shared, MemoryCache(), pauses)
    for key in ("set", "deleted", "flushed:1", "kept"):
        await cache.set(key, b"old", 60)
    cache._note_away(RedisAwayError("as if it were"))
    await cache.set("set", b"new", 60)
    await cache.delete("deleted")
    await cache.flush("flushed")
    pauses.end()
    await until(lambda: not cache.away)
    assert [await cache.get(key) for key in ("set", "deleted", "flushed:1", "kept")] == [None, None, None, b"old"]
    await cache.close()


async def test_a_redis_that_hangs_costs_one_call_its_short_limit_and_no_other() -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    shared = redis_cache(RedisAddress("127.0.0.1", port, ""), timeout_s=0.05)
    cache = FallbackCache(shared, MemoryCache(), Pauses())
    asked: list[str] = []
    shared_get = shared.get

    async def counted(key: str) -> bytes | None:
        asked.append(key)
        return await shared_get(key)

    shared.get = counted  # type: ignore[method-assign]  # a count around the real thing
    for _ in range(20):
        assert await cache.get("key") is None
    assert asked == ["key"]
    await cache.close()
    server.close()


async def test_a_wrong_password_is_named_by_its_setting_and_never_shown(redis_address: RedisAddress) -> None:
    wrong = RedisAddress(redis_address.host, redis_address.port, "wrong-password-of-ours")
    if not redis_address.password:
        pytest.skip("the given Redis asks for no password")
    shared = redis_cache(wrong)
    with pytest.raises(RedisAwayError, match="REDIS_PASSWORD") as caught:
        await shared.ping()
    await shared.close()
    assert "wrong-password" not in f"{caught.value!r} {caught.value.__cause__!r}"


async def test_flushing_touches_nobody_elses_keys(redis_address: RedisAddress, redis: Redis) -> None:
    shared = redis_cache(redis_address)
    stranger = f"stranger:{shared._namespace}:cache:key"
    await redis.set(stranger, b"theirs", ex=60)
    await shared.set("key", b"ours", 60)
    await shared.flush()
    assert (await shared.get("key"), await redis.get(stranger)) == (None, b"theirs")
    await shared.close()


async def test_every_key_of_ours_goes_away_by_itself(redis_address: RedisAddress, redis: Redis) -> None:
    shared = redis_cache(redis_address)
    await shared.set("key", b"value", 60)
    await shared.allow("visitor", 3, 60)
    keys = [key async for key in redis.scan_iter(match=f"{shared._namespace}:*")]
    assert len(keys) == 2
    assert all(0 < left <= 60_000 for left in [await redis.pttl(key) for key in keys])
    await shared.close()


async def test_the_opener_takes_redis_where_its_host_is_set(redis_address: RedisAddress) -> None:
    assert isinstance(await open_cache(CommonSettings(redis_host="")), MemoryCache)
    opened = await open_cache(
        CommonSettings(
            redis_host=redis_address.host, redis_port=redis_address.port, redis_password=redis_address.password
        )
    )
    assert isinstance(opened, FallbackCache)
    await opened.close()
