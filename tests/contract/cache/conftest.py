"""The implementations that must keep the contract of Cache, and Redis servers for them."""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from supportbot.common.cache.fallback import FallbackCache
from supportbot.common.cache.memory import MemoryCache
from supportbot.common.cache.port import Cache
from supportbot.common.cache.redis import RedisCache
from tests.servers.redis import RedisAddress, RedisMissingError, RedisServer, own_redis, redis_server

PATIENT_S = 5.0
"""A busy machine is no reason to fail where the time limit is not what is tested."""


@pytest.fixture(scope="session")
def redis_address() -> Iterator[RedisAddress]:
    """A server for all tests that leave it in peace."""
    try:
        with redis_server() as address:
            yield address
    except RedisMissingError as error:
        pytest.skip(f"Redis could not be had, so NOTHING was tried on it: {error}")


@pytest.fixture
def own_server() -> Iterator[RedisServer]:
    """A server that the test may kill."""
    try:
        with own_redis() as server:
            yield server
    except RedisMissingError as error:
        pytest.skip(f"Redis could not be had, so NOTHING was tried on it: {error}")


@pytest.fixture
async def redis(redis_address: RedisAddress) -> AsyncIterator[Redis]:
    """A plain connection, to look at what is stored."""
    client = Redis(host=redis_address.host, port=redis_address.port, password=redis_address.password or None)
    yield client
    await client.aclose()


@pytest.fixture(
    params=[
        "memory",
        pytest.param("redis", marks=pytest.mark.redis),
        pytest.param("redis with stand-in", marks=pytest.mark.redis),
    ]
)
async def cache(request: pytest.FixtureRequest) -> AsyncIterator[Cache]:
    """An empty cache of each kind in turn."""
    made: Cache = MemoryCache()
    if request.param != "memory":
        address: RedisAddress = request.getfixturevalue("redis_address")
        made = shared = redis_cache(address)
        if request.param == "redis with stand-in":
            made = FallbackCache(shared, MemoryCache())
    yield made
    await made.close()


def redis_cache(address: RedisAddress, timeout_s: float = PATIENT_S) -> RedisCache:
    """A cache with a name of its own."""
    namespace = f"supportbot-test-{uuid4().hex}"
    return RedisCache(address.host, address.port, address.password, namespace=namespace, timeout_s=timeout_s)
