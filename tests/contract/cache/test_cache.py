"""What every cache must do, wherever it keeps things."""

import asyncio

import pytest

from supportbot.common.cache.port import Allowance, Cache


async def test_what_was_set_comes_back_as_it_was(cache: Cache) -> None:
    await cache.set("вопрос 😀 \ud800 *?[]", b"\x00\xff binary", 60)
    assert await cache.get("вопрос 😀 \ud800 *?[]") == b"\x00\xff binary"
    assert await cache.get("another") is None


async def test_setting_again_replaces(cache: Cache) -> None:
    await cache.set("key", b"old", 60)
    await cache.set("key", b"new", 60)
    assert await cache.get("key") == b"new"


async def test_a_value_is_gone_after_its_time(cache: Cache) -> None:
    await cache.set("key", b"value", 0.02)
    async with asyncio.timeout(10):
        while await cache.get("key") is not None:  # noqa: ASYNC110  # time passes in another process
            await asyncio.sleep(0.01)


async def test_a_deleted_value_is_gone_and_others_stay(cache: Cache) -> None:
    await cache.set("one", b"1", 60)
    await cache.set("two", b"2", 60)
    await cache.delete("one")
    await cache.delete("never there")
    assert (await cache.get("one"), await cache.get("two")) == (None, b"2")


async def test_flushing_a_prefix_takes_it_literally(cache: Cache) -> None:
    for key in ("a*b:1", "a*b:2", "axb:1", "a"):
        await cache.set(key, b"value", 60)
    await cache.flush("a*b")
    assert [await cache.get(key) for key in ("a*b:1", "a*b:2", "axb:1", "a")] == [None, None, b"value", b"value"]


async def test_flushing_all_leaves_limits(cache: Cache) -> None:
    for number in range(1200):
        await cache.set(f"key {number}", b"value", 60)
    await cache.allow("visitor", 1, 60)
    await cache.flush()
    assert [await cache.get(f"key {number}") for number in (0, 600, 1199)] == [None] * 3
    assert not (await cache.allow("visitor", 1, 60)).allowed


async def test_so_many_are_allowed_and_then_no_more(cache: Cache) -> None:
    assert [await cache.allow("visitor", 3, 60) for _ in range(3)] == [
        Allowance(allowed=True, remaining=2),
        Allowance(allowed=True, remaining=1),
        Allowance(allowed=True, remaining=0),
    ]
    refused = await cache.allow("visitor", 3, 60)
    assert (refused.allowed, refused.remaining) == (False, 0)
    assert 50 < refused.wait_s <= 60
    assert (await cache.allow("somebody else", 3, 60)).allowed


async def test_what_was_refused_is_not_counted(cache: Cache) -> None:
    await cache.allow("visitor", 1, 0.3)
    refused = [await cache.allow("visitor", 1, 0.3) for _ in range(5)]
    await asyncio.sleep(max(one.wait_s for one in refused) + 0.01)
    assert (await cache.allow("visitor", 1, 0.3)).allowed


async def test_a_limit_that_was_lowered_holds_at_once(cache: Cache) -> None:
    for _ in range(5):
        await cache.allow("visitor", 5, 60)
    assert not (await cache.allow("visitor", 2, 60)).allowed
    assert (await cache.allow("visitor", 9, 60)).remaining == 3


@pytest.mark.parametrize("at_once", [40])
async def test_no_more_than_the_limit_are_allowed_at_once(cache: Cache, at_once: int) -> None:
    found = await asyncio.gather(*(cache.allow("visitor", 7, 60) for _ in range(at_once)))
    assert sum(one.allowed for one in found) == 7
