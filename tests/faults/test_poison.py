"""A question that kills its process: alone in the end, kept where a person sees it, and asked again once."""

import asyncio
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from supportbot.answerer.use_cases.take_turn import ATTEMPTS, ATTEMPTS_BESIDE_OTHERS
from supportbot.common.i18n import translate
from tests.e2e.records import Row
from tests.e2e.test_rest_api import new_key, program
from tests.e2e.waiting import until
from tests.faults import poison
from tests.faults.conftest import EVERYWHERE
from tests.faults.system import System
from tests.faults.times import answer_times_s, moment

pytestmark = [pytest.mark.postgres, pytest.mark.rabbitmq]
DEAD_LETTERS = "/api/v1/dead-letters"
QUESTION = "How do I return an item?"
HANDED_OVER = translate("answer.escalated_trouble", "en")


@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault(
    "F35", "a question kills its process", "SIGSEGV whenever it is answered; the process comes back 1 s later"
)
async def test_a_deadly_question_ends_alone_and_its_neighbours_are_answered(system: System) -> None:
    deadly = await poison.poisoned(system)
    await system.until_quiet()
    system.model.slow(3.0, endpoint="chat")
    async with system.supervised(*deadly.answerers) as deaths:
        await system.people.ask_once(QUESTION)
        await system.until_counted("conversations", 4, where="token IS NOT NULL")
        asked_at = datetime.now(UTC)
        deadly.ask()
        await until(lambda: bool(deaths), "a death", 30)
        system.people.begin()
        letter = await deadly.dead_letter()
        await system.people.finish()
        await system.until_settled()
    taken = (moment(letter["created_at"]) - asked_at).total_seconds()
    slowest = max(answer_times_s(system, f"c.chat <> '{poison.CHAT}'"))
    letters = system.product.count("escalations", "dead_letter")
    died = [f"by signal {-code}" for code in deaths]
    system.saw(f"processes died {' and '.join(died)}; after {taken:.1f} s a dead letter of {ATTEMPTS} attempts")
    system.saw(f"its neighbours were answered within {slowest:.1f} s, none was charged")
    assert deaths == [-11] * ATTEMPTS_BESIDE_OTHERS
    assert ends_with_a_person(letter)
    assert taken < poison.ENDED_WITHIN_S
    assert slowest < poison.ENDED_WITHIN_S
    assert letters == 1
    assert deadly.replies() == [HANDED_OVER]
    system.model.heal()
    await system.asks_again_and_recovers()


def ends_with_a_person(letter: Row) -> bool:
    """Whether the dead letter says what happened."""
    trace = json.loads(letter["trace"])
    assert trace["attempts"] == ATTEMPTS, trace
    assert poison.DIED_BY in trace["cause"], trace
    return (letter["decision"], letter["reason"]) == ("escalate", "dead_letter")


@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault("F36", "a question dies while broker and model are away", "every link to them is refused")
async def test_a_dead_letter_is_stored_and_shown_whatever_else_is_away(system: System) -> None:
    deadly = await poison.poisoned(system)
    key = await new_key(system.product)
    away = ("model", "rabbitmq") if system.product.kind == "services" else ("model",)
    for server in away:
        await system.links.to(server).refuse()
    async with system.supervised(*deadly.answerers):
        deadly.ask()
        letter = await deadly.dead_letter()
    async with program(system.product, key) as client:
        (shown,) = (await client.get(DEAD_LETTERS, params={"open": "true"})).json()["items"]
        traced = (await client.get(f"{DEAD_LETTERS}/{shown['id']}")).json()
    system.saw(f"with {' and '.join(away)} away the API shows it: {traced['trace']['cause']}")
    assert ends_with_a_person(letter)
    assert (shown["question"], shown["state"]) == (poison.QUESTION, "open")
    assert UUID(shown["id"]) == UUID(str(letter["letter"]))
    for server in away:
        await system.links.to(server).mend()
    await system.asks_again_and_recovers()
    assert deadly.replies() == [HANDED_OVER]


@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault("F37", "a dead letter is replayed twice", "five requests at once, and one more when it is answered")
async def test_a_dead_letter_that_is_replayed_twice_is_asked_again_once(system: System) -> None:
    deadly = await poison.poisoned(system)
    key = await new_key(system.product)
    async with system.supervised(*deadly.answerers):
        deadly.ask()
        letter = await deadly.dead_letter()
    deadly.harmless()
    path = f"{DEAD_LETTERS}/{letter['letter']}/replay"
    of_chat = f"conversation_id = '{letter['conversation_id']}'"
    async with program(system.product, key) as client:
        at_once = await asyncio.gather(*(client.post(path) for _ in range(5)))
        await system.until_counted("answers", 2, where=of_chat)
        late = await client.post(path)
    codes = sorted(answer.status_code for answer in at_once)
    system.saw(f"answered {', '.join(map(str, codes))}, later {late.status_code}")
    assert codes == [202, 409, 409, 409, 409]
    assert late.status_code == 409
    await system.asks_again_and_recovers()
    stored = {name: system.product.count(name, of_chat) for name in ("messages", "answers")}
    replies = len(deadly.replies())
    system.saw(f"one message more, one answer more, {replies - 1} reply more")
    assert stored == {"messages": 2, "answers": 2}
    assert replies == 2
