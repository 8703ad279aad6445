"""A worker sleeps past its lease and wakes: what it had in hand is somebody else's by then, and its write is void."""

import asyncio

import pytest

from tests.faults.conftest import EVERYWHERE, StartSystem
from tests.faults.repeats import labelled
from tests.faults.system import System
from tests.servers.postgres_wire import stop_at_commit
from tests.servers.stops import first_of, stop_at

pytestmark = [pytest.mark.postgres, pytest.mark.rabbitmq]
QUESTION = "How do I return an item?"
LOST = "supportbot_turns_lost_total"
ANSWERERS = ("answerer", "answerer 2")


@pytest.mark.fault(
    "F41", "a worker sleeps past its lease", "SIGSTOP when the model has answered, SIGCONT when another is done"
)
async def test_the_late_write_of_a_worker_that_slept_past_its_lease_is_rejected(system: System) -> None:
    await system.until_quiet()
    stops = {name: stop_at(system.links.one(name, "model"), b"/chat/completions", "after") for name in ANSWERERS}
    system.people.ask(QUESTION)
    name = await first_of(stops)
    system.freeze(name)
    stops[name].let_go()
    answer = await system.answered()
    claimed = system.product.rows(f"SELECT * FROM conversations WHERE id = '{answer['conversation_id']}'")[0]
    assert claimed["done_seq"] == claimed["last_seq"]
    system.thaw(name)
    await system.until_metric(name, LOST, 1)
    system.saw("the second worker answered; the first woke, and its late answer was rejected")
    await system.asks_again_and_recovers()
    of_turn = f"conversation_id = '{answer['conversation_id']}' AND turn_to = {answer['turn_to']}"
    assert system.product.count("answers", of_turn) == 1
    assert system.product.count("outbound", f"{of_turn} AND author = 'machine'") == 1
    assert not labelled(system)


@pytest.mark.fault(
    "F41", "a worker sleeps in the middle of its write", "SIGSTOP before its COMMIT, SIGCONT when another is done"
)
async def test_a_worker_that_sleeps_in_its_transaction_holds_nobody_up(system: System) -> None:
    await system.until_quiet()
    stops = {
        name: stop_at_commit(system.links.one(name, "postgres"), "INSERT INTO answers", "before") for name in ANSWERERS
    }
    system.people.ask(QUESTION)
    name = await first_of(stops)
    system.freeze(name)
    answer = await system.answered(within_s=60)
    stops[name].let_go()
    system.thaw(name)
    await system.until_metric(name, "supportbot_turns_failed_total", 1)
    system.saw("PostgreSQL ended its transaction, the second worker answered; the first woke, and could not commit")
    await system.asks_again_and_recovers()
    of_turn = f"conversation_id = '{answer['conversation_id']}' AND turn_to = {answer['turn_to']}"
    assert system.product.count("answers", of_turn) == 1
    assert not labelled(system)


@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault("F41", "everything sleeps past every lease", "SIGSTOP to all processes at once, SIGCONT 45 s later")
async def test_after_a_long_sleep_everything_goes_on_and_nothing_is_done_twice(start_system: StartSystem) -> None:
    system = await start_system()
    system.model.slow(2.0, endpoint="chat")
    await system.people.until_asked(8)
    names = system.names
    for name in names:
        system.freeze(name)
    await asyncio.sleep(45)
    for name in names:
        system.thaw(name)
    system.model.heal()
    await system.asks_again_and_recovers()
