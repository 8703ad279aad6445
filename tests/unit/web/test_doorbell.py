"""The doorbell wakes who waits, remembers a ring between two waits, and lets everyone go when it closes."""

import asyncio

from supportbot.common.web.doorbell import Doorbell

FAR_S = 60


async def test_a_ring_wakes_only_those_of_its_topic() -> None:
    bell = Doorbell()
    with bell.listen("a") as ear, bell.listen("b") as other:
        waiting = asyncio.create_task(ear.wait(FAR_S))
        deaf = asyncio.create_task(other.wait(FAR_S))
        await asyncio.sleep(0)
        bell.ring("a")
        await waiting
        assert not deaf.done()
        bell.close()
        await deaf


async def test_a_ring_between_two_waits_is_not_lost() -> None:
    bell = Doorbell()
    with bell.listen("a") as ear:
        bell.ring("a")
        await ear.wait(FAR_S)


async def test_nothing_rings_for_a_moment_that_passes() -> None:
    with Doorbell().listen("a") as ear:
        await ear.wait(0.001)


async def test_whoever_comes_after_the_closing_is_let_go_at_once() -> None:
    bell = Doorbell()
    bell.close()
    with bell.listen("a") as ear:
        await ear.wait(FAR_S)
    assert bell.closed


async def test_who_has_left_is_forgotten() -> None:
    bell = Doorbell()
    with bell.listen("a") as ear:
        ear.add("b")
    assert not bell._waiting
