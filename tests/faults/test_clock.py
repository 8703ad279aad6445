"""Clocks jump by an hour, ahead or back: leases, pauses and due moments are none the longer for it."""

import asyncio
import os

import pytest

from tests.e2e.product import Product
from tests.faults.clocks import Clock, clock
from tests.faults.conftest import EVERYWHERE
from tests.faults.lengths import lasting
from tests.faults.repeats import labelled
from tests.faults.system import System

pytestmark = [pytest.mark.postgres, pytest.mark.rabbitmq]
HOUR_S = 3600
JUMPS = (HOUR_S, -HOUR_S)


def on_one_host(system: System) -> list[str]:
    """The replicas on one of two hosts: the first of each service, or all that there is."""
    return [name for name in system.names if not name.endswith(" 2")]


@pytest.mark.parametrize("seconds", JUMPS)
@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault(
    "F38", "a host's clock jumps by an hour", "libfaketime, under half of the replicas or the one process"
)
async def test_nothing_waits_for_a_host_whose_clock_has_jumped(system: System, seconds: int) -> None:
    shown = clock(system.product.folder)
    await system.restart(*on_one_host(system), **shown.environment)
    await system.people.until_asked(10)
    await nothing_waits_after_a_jump_there_and_back(system, shown, seconds)


@pytest.mark.parametrize("seconds", JUMPS)
@pytest.mark.fault("F38", "the database's clock jumps by an hour", "libfaketime, under PostgreSQL")
async def test_nothing_waits_for_a_database_whose_clock_has_jumped(system: System, seconds: int) -> None:
    node = system.database.node
    shown = clock(node.home)
    node.environment = {**os.environ, **shown.environment}
    await system.database.kill(hard=False)
    await system.database.start()
    await system.until_ready(60)
    await system.people.until_asked(10)
    await nothing_waits_after_a_jump_there_and_back(system, shown, seconds)


async def nothing_waits_after_a_jump_there_and_back(system: System, shown: Clock, seconds: int) -> None:
    """The clock jumps, and a while later it is right again: each time all is answered soon, and nothing done twice."""
    for ahead, jump in ((seconds, seconds), (0, -seconds)):
        if system.people.quiet:
            system.people.begin()
        async with system.goes_on(answering=True):
            shown.jump(ahead)
            if isinstance(system.product, Product):
                system.product.clock_ahead_s = ahead
            await asyncio.sleep(lasting(20, 120))
        await system.asks_again_and_recovers()
        system.saw(f"after a jump by {jump:+d} s recovered in {system.row.recovered_s:.1f} s")
        assert not system.product.count("outbound", "status = 'uncertain' OR repeat > 0")
        assert not labelled(system)
