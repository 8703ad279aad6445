"""The cache in memory keeps its bounds, whatever is put into it."""

from supportbot.common.cache.memory import MOST_KEYS, MemoryCache


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_what_was_used_longest_ago_goes_first() -> None:
    cache = MemoryCache(most_bytes=3_000)
    for key in ("one", "two"):
        await cache.set(key, bytes(1_000), 60)
    await cache.get("one")
    await cache.set("three", bytes(1_000), 60)
    assert [await cache.get(key) is None for key in ("one", "two", "three")] == [False, True, False]


async def test_a_value_larger_than_the_cache_is_not_kept_and_takes_the_old_one_with_it() -> None:
    cache = MemoryCache(most_bytes=1_000)
    await cache.set("key", b"old", 60)
    await cache.set("key", bytes(2_000), 60)
    assert await cache.get("key") is None


async def test_the_number_of_values_and_of_limits_is_bounded() -> None:
    cache = MemoryCache()
    for number in range(MOST_KEYS + 10):
        await cache.set(str(number), b"", 60)
        await cache.allow(str(number), 1, 60)
    assert await cache.get("0") is None
    assert await cache.get(str(MOST_KEYS + 9)) == b""
    assert (await cache.allow("0", 1, 60)).allowed
    assert not (await cache.allow(str(MOST_KEYS + 9), 1, 60)).allowed


async def test_a_window_slides() -> None:
    clock = Clock()
    cache = MemoryCache(clock)
    for second in (0, 20, 40):
        clock.now = 1000.0 + second
        assert (await cache.allow("visitor", 3, 60)).allowed
    clock.now = 1050.0
    assert (await cache.allow("visitor", 3, 60)).wait_s == 10
    clock.now = 1060.0
    assert (await cache.allow("visitor", 3, 60)).allowed
    assert (await cache.allow("visitor", 3, 60)).wait_s == 20


async def test_a_value_is_gone_when_its_time_is_over() -> None:
    clock = Clock()
    cache = MemoryCache(clock)
    await cache.set("key", b"value", 5)
    clock.now += 4.9
    assert await cache.get("key") == b"value"
    clock.now += 0.1
    assert await cache.get("key") is None
