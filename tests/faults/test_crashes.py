"""Processes killed or stopped at exact moments: what was promised is kept, and nothing is done twice."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from tests.faults import alerts
from tests.faults.conftest import EVERYWHERE, StartSystem
from tests.faults.repeats import each_was_repeated_once, labelled, nameless
from tests.faults.system import System
from tests.servers.amqp_wire import ACKNOWLEDGE
from tests.servers.postgres_wire import stop_at_commit, stop_at_statement
from tests.servers.stops import Moment, Stop, first_of, stop_at

pytestmark = [pytest.mark.postgres, pytest.mark.rabbitmq]
QUESTION = "How do I return an item?"
DRAINED_WITHIN_S = 30
ANSWER_MODEL, RERANKING_MODEL = b"gpt-5.4-mini", b"gpt-4o"


def replicas(system: System, service: str) -> list[str]:
    """The processes that do a service's work."""
    if system.product.kind != "services":
        return ["all-in-one"]
    return [name for name in system.names if name.startswith(service)]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.fault("F11", "a gateway is killed while it stores an update", "SIGKILL before or after its COMMIT is done")
async def test_an_update_whose_gateway_was_killed_is_stored_once(system: System, moment: Moment) -> None:
    await system.until_quiet()
    stops = {
        name: stop_at_commit(system.links.one(name, "postgres"), "INSERT INTO messages", moment)
        for name in replicas(system, "gateway")
    }
    chat = system.people.ask(QUESTION)
    name = await first_of(stops)
    stored = system.product.count("messages", f"seq = {len(system.people.users[0].said)} AND {_of(chat)}")
    assert stored == (moment == "after")
    await system.kill(name)
    answer = await system.answered()
    refused = system.telegram.webhook_deliveries()["failed"]
    assert refused
    system.saw(f"{moment} COMMIT: {stored} stored when it died; Telegram sent it again; {answer['decision']}")
    await system.process(name).start()
    await system.asks_again_and_recovers()


def _of(chat: int) -> str:
    return f"conversation_id IN (SELECT id FROM conversations WHERE chat = '{chat}')"


@dataclass(frozen=True)
class Boundary:
    """A moment in the work on a turn at which the answerer dies, and how many paid requests that may repeat."""

    stop: Callable[[System, str], Stop]
    paid_again: int = 0


BOUNDARIES: Mapping[str, Boundary] = {
    "claimed": Boundary(
        lambda system, name: stop_at_statement(system.links.one(name, "postgres"), "FROM messages", "before")
    ),
    "retrieved": Boundary(lambda system, name: stop_at(system.links.one(name, "model"), RERANKING_MODEL, "before")),
    "reranked": Boundary(lambda system, name: stop_at(system.links.one(name, "model"), ANSWER_MODEL, "before")),
    "model answered": Boundary(
        lambda system, name: stop_at(system.links.one(name, "model"), ANSWER_MODEL, "after"), paid_again=1
    ),
    "before the commit": Boundary(
        lambda system, name: stop_at_commit(system.links.one(name, "postgres"), "INSERT INTO answers", "before")
    ),
    "committed": Boundary(
        lambda system, name: stop_at_commit(system.links.one(name, "postgres"), "INSERT INTO answers", "after")
    ),
    "before it acknowledged": Boundary(
        lambda system, name: stop_at(system.links.one(name, "rabbitmq"), ACKNOWLEDGE, "before")
    ),
}
WITHOUT_SERVERS = ("retrieved", "reranked", "model answered")
PLACES = [
    *(("services", boundary) for boundary in BOUNDARIES),
    *(("all-in-one", boundary) for boundary in WITHOUT_SERVERS),
]


@pytest.mark.parametrize(("kind", "boundary"), PLACES)
@pytest.mark.fault("F12", "an answerer is killed at a boundary of its work", "SIGKILL where a link stops it")
async def test_a_turn_whose_answerer_was_killed_gets_one_reply_and_pays_for_nothing_twice(
    start_system: StartSystem, boundary: str
) -> None:
    system = await start_system(
        more=("gateway",), RERANK="always"
    )  # what is kept is kept for one model server's address
    await system.until_quiet()
    system.model.forget()
    stops = {name: BOUNDARIES[boundary].stop(system, name) for name in replicas(system, "answerer")}
    system.people.ask(QUESTION)
    name = await first_of(stops)
    paid = len(system.model.calls("chat"))
    await system.kill(name)
    await system.process(name).start()
    await system.answered()
    bodies = Counter(json.dumps(call.body) for call in system.model.calls("chat") if call.status == 200)
    again = bodies.total() - len(bodies)
    system.saw(f"{boundary}: {paid} paid requests before, {again} again")
    assert again == BOUNDARIES[boundary].paid_again
    assert {call.model for call in system.model.calls("chat")} == {ANSWER_MODEL.decode(), RERANKING_MODEL.decode()}
    await system.asks_again_and_recovers()


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault("F13", "the sender is killed around a request to Telegram", "SIGKILL before or after it is accepted")
async def test_a_reply_whose_sender_was_killed_is_repeated_once_with_a_label(
    start_system: StartSystem, moment: Moment
) -> None:
    system = await alerts.start_with_chat(start_system)
    await system.until_quiet()
    stops = {
        name: stop_at(system.links.one(name, "telegram"), b"/sendMessage HTTP/", moment)  # no draft
        for name in replicas(system, "gateway")
    }
    chat = system.people.ask(QUESTION)
    name = await first_of(stops)
    assert system.product.count("outbound", "status = 'sending'") == 1
    await system.kill(name)
    await system.process(name).start()
    await system.asks_again_and_recovers()
    assert each_was_repeated_once(system) == 1
    assert [message.chat_id for message in labelled(system)] == [chat]
    plain = nameless(system, chat)
    assert plain == (moment == "after")
    told = await alerts.until_told(system, "not known whether")
    system.saw(f"{moment} it was accepted: {plain} plain, one labelled repeat, told: {told}")


@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault("F14", "SIGTERM under load", "to every process at once, while the model takes 2 s for each answer")
async def test_a_stop_in_order_finishes_what_was_begun_and_nothing_is_done_again(system: System) -> None:
    system.model.slow(2.0, endpoint="chat")
    await system.people.until_asked(10)
    begun = asyncio.get_running_loop().time()
    stopping = [system.process(name) for name in system.names]
    held = system.product.count("conversations", "token IS NOT NULL")
    codes = await asyncio.gather(*(process.stop() for process in stopping))
    taken = asyncio.get_running_loop().time() - begun
    assert held
    system.saw(f"{held} turns in work; all ended within {taken:.1f} s")
    assert set(codes) == {0}
    assert taken < DRAINED_WITHIN_S
    assert not system.product.count("conversations", "token IS NOT NULL")
    assert not system.product.count("outbound", "status IN ('sending', 'uncertain')")
    paid = Counter(call.status for call in system.model.calls("chat"))
    kept = system.product.count("checkpoints")
    assert paid == {200: kept}, (paid, kept)
    system.saw(f"{kept} paid answers, all kept")
    await asyncio.gather(*(process.start() for process in stopping))
    system.model.heal()
    await system.asks_again_and_recovers()
    assert not labelled(system)
