"""The search away, emptied or replaced by something else: people take over, and readiness says what is wrong."""

import asyncio

import pytest

from tests.e2e.deployment import sample_is_indexed
from tests.e2e.waiting import until
from tests.faults.lengths import lasting
from tests.faults.system import RECOVERED_WITHIN_S, System

pytestmark = [pytest.mark.postgres, pytest.mark.rabbitmq]
COLLECTION = "supportbot"
QUESTION = "How do I return an item?"
OTHER = {"vectors": {"size": 384, "distance": "Cosine"}}
ANSWERED_WITHIN_S = 60.0


@pytest.mark.fault("F25", "Qdrant is down", "every link to it is refused (20 s; long: 3 min)")
async def test_while_qdrant_is_down_people_get_the_questions_and_readiness_says_so(system: System) -> None:
    await system.links.to("qdrant").refuse()
    await escalated_and_said(system, "index_unavailable", "cannot be reached")
    await system.links.to("qdrant").mend()
    await system.asks_again_and_recovers()
    await answered_again(system)


@pytest.mark.fault("F25", "Qdrant has lost everything", "its collections are deleted, as on a fresh disk")
async def test_an_emptied_qdrant_is_said_and_filled_again(system: System) -> None:
    await system.until_quiet()
    system.qdrant.empty()
    answer = await system.asked(QUESTION)
    system.saw(f"{answer['decision']}, {answer['reason']}")
    assert answer["decision"] == "escalate"
    system.people.begin()
    await until_refilled(system)
    await system.asks_again_and_recovers()
    await answered_again(system)


@pytest.mark.fault("F25", "Qdrant's collection has another dimension", "a stranger puts one of dense vectors there")
async def test_a_collection_of_another_kind_is_said_and_after_its_deletion_filled_again(system: System) -> None:
    await system.until_quiet()
    system.qdrant.empty()
    system.qdrant.store.create(COLLECTION, OTHER)
    await escalated_and_said(system, "index_unavailable", "384 dimensions")
    system.qdrant.empty()
    await until_refilled(system)
    await system.asks_again_and_recovers()
    await answered_again(system)


async def escalated_and_said(system: System, reason: str, words: str) -> None:
    """Questions go to people for this reason, others are accepted, and answerers say what is wrong."""
    for name in ("answerer", "answerer 2"):
        await system.until_waiting_for(name, words)
    assert await system.problems("gateway") == {}
    system.saw("answerers not ready, saying why; gateway ready")
    before = system.product.count("answers", f"reason = '{reason}' AND decision = 'escalate'")
    wrongly = "decision = 'answer'"
    answered = system.product.count("answers", wrongly)
    async with system.goes_on(answering=True):
        if system.people.quiet:
            system.people.begin()
        await asyncio.sleep(lasting(20, 180))
    escalated = system.product.count("answers", f"reason = '{reason}' AND decision = 'escalate'") - before
    system.saw(f"{escalated} questions went to people")
    assert escalated
    assert system.product.count("answers", wrongly) == answered


async def until_refilled(system: System) -> None:
    """Return when the indexer has made the collection again and indexed every document anew."""
    begun = asyncio.get_running_loop().time()
    await until(lambda: system.qdrant.store.has(COLLECTION), "the collection made again", RECOVERED_WITHIN_S)
    await until(lambda: sample_is_indexed(system.product), "all documents indexed again", RECOVERED_WITHIN_S)
    system.saw(f"filled again {asyncio.get_running_loop().time() - begun:.0f} s later")


async def answered_again(system: System) -> None:
    """The documents are searched and found again; until all of them are, a person is asked."""
    async with asyncio.timeout(ANSWERED_WITHIN_S):
        while (await system.asked(QUESTION))["decision"] != "answer":  # noqa: ASYNC110  # questions have to be asked
            await asyncio.sleep(2)
    system.saw("then answered from the documents again")
