"""The model API slow, silent, refusing, wrong or away: nobody waits for ever, and nobody is told nonsense."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tests.fakes.openai.failures import Kind, Recorded
from tests.faults import alerts
from tests.faults.conftest import EVERYWHERE, StartSystem
from tests.faults.lengths import lasting
from tests.faults.system import System
from tests.faults.times import answer_times_s

pytestmark = [pytest.mark.postgres, pytest.mark.rabbitmq]
QUESTION = "How do I return an item?"
FOR_EVER = 1_000_000
DEADLINE_S = 20
"""MODEL_TIMEOUT: all that one question may spend on the model."""
PATIENCE_S = 10
"""What a machine with more to do than it can may add to that."""
ANSWERED_WITHIN_S = 60


@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault("F20", "the model API answers 429", "Retry-After of 4 s, twice, to one question")
async def test_a_question_waits_as_long_as_the_model_api_asked_within_one_budget(system: System) -> None:
    await system.until_quiet()
    system.model.forget()
    system.model.fail("rate_limit", times=2, retry_after=4)
    asked_at = datetime.now(UTC)
    answer = await system.asked(QUESTION)
    taken = (datetime.now(UTC) - asked_at).total_seconds()
    waits = pauses_after_429(system.model.calls())
    system.saw(
        f"asked again after {' and '.join(f'{wait:.1f} s' for wait in waits)}; {answer['decision']} in {taken:.1f} s"
    )
    assert len(waits) == 2
    assert all(wait >= 4 for wait in waits)
    assert taken < DEADLINE_S + PATIENCE_S
    assert answer["decision"] == "answer"
    assert system.model.calls()[-1].status == 200
    await system.asks_again_and_recovers()


@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault("F20", "the model API wants a pause longer than a question may wait", "429 with Retry-After of 30 s")
async def test_nobody_asks_the_model_api_during_its_pause_and_answers_come_without_it(
    start_system: StartSystem,
) -> None:
    system = await start_system(more=("gateway",))
    system.model.forget()
    system.model.fail("rate_limit", retry_after=30)
    refused = await system.model.wait_for_call(predicate=lambda call: call.status == 429, timeout=60)
    async with system.goes_on(answering=True):
        await asyncio.sleep(32)
    begin, end = refused.at + timedelta(seconds=2), refused.at + timedelta(seconds=30)
    during = [call for call in system.model.calls() if begin < call.at < end]
    system.saw(f"{len(during)} requests to the model during its pause")
    assert not during
    await system.asks_again_and_recovers()
    assert max(answer_times_s(system)) < ANSWERED_WITHIN_S


def pauses_after_429(calls: list[Recorded]) -> list[float]:
    """Seconds from each refusal to the next request."""
    later = pairwise(calls)
    return [(after.at - before.at).total_seconds() for before, after in later if before.status == 429]


@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault("F21", "the model API hangs", "links to it hold back all bytes")
async def test_a_question_waits_for_a_silent_model_until_its_deadline_and_goes_to_a_person(system: System) -> None:
    await system.until_quiet()
    system.links.to("model").hang()
    asked_at = datetime.now(UTC)
    answer = await system.asked(QUESTION)
    taken = (datetime.now(UTC) - asked_at).total_seconds()
    system.saw(f"{answer['decision']}, {answer['reason']}, after {taken:.1f} s")
    assert (answer["decision"], answer["reason"]) == ("escalate", "model_timeout")
    assert DEADLINE_S - 1 < taken < DEADLINE_S + PATIENCE_S
    async with system.goes_on(answering=True):
        system.people.begin()
        await asyncio.sleep(lasting(45, 300))
    await system.links.to("model").mend()
    await system.asks_again_and_recovers()
    slowest = max(answer_times_s(system))
    system.saw(f"slowest answer {slowest:.1f} s")
    assert slowest < ANSWERED_WITHIN_S


@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault("F22", "the model API is down", "links to it are refused (3 min; long: 30 min)")
async def test_while_the_model_is_down_everybody_is_answered_within_a_minute(start_system: StartSystem) -> None:
    system = await alerts.start_with_chat(start_system)
    await system.links.to("model").refuse()
    await alerts.until_told(system, "made without a model")
    async with system.goes_on(answering=True):
        await asyncio.sleep(lasting(180, 1800))
    rested = system.product.count("answers", "CAST(trace AS TEXT) LIKE '%is not asked now%'")
    tried = system.product.log().count("The model API failed")
    system.saw(f"{rested} questions answered while the breaker was open, {tried} requests tried")
    assert rested > tried
    system.model.forget()
    await system.links.to("model").mend()
    await system.asks_again_and_recovers()
    slowest = max(answer_times_s(system))
    told = alerts.alerts(system, "made without a model")
    system.saw(f"slowest answer {slowest:.1f} s; {len(told)} alert: {' and: '.join(told)}")
    assert slowest < ANSWERED_WITHIN_S
    # Each answerer says what it met first, a refusal or a connection that ended; nobody is told the same words twice.
    assert len(told) == len(set(told)) <= sum(name.startswith(("answerer", "all-in-one")) for name in system.names)
    system.people.begin()
    await system.model.wait_for_call(predicate=lambda call: call.status == 200, timeout=60)


SPOILT: tuple[Kind, ...] = ("malformed", "refusal", "empty", "length", "content_filter", "not_json")


@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault("F23", "the model says nothing that can be used", "what it says is malformed, refused, empty or cut")
async def test_what_a_model_says_wrongly_is_never_passed_on_and_a_person_answers(system: System) -> None:
    await system.until_quiet()
    for spoilt in SPOILT:
        system.model.fail(spoilt, times=FOR_EVER)
        answer = await system.asked(QUESTION)
        system.model.heal()
        system.saw(f"{spoilt}: {answer['decision']}, {answer['reason']}")
        assert (answer["decision"], answer["reason"]) == ("escalate", "model_output")
    await system.asks_again_and_recovers()


@pytest.mark.parametrize("refusal", ["unauthorized", "quota"])
@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault("F24", "the key is refused, or the quota is used up", "every request gets 401 or insufficient_quota")
async def test_a_refused_key_is_not_tried_again_and_told_once(start_system: StartSystem, refusal: Kind) -> None:
    system = await alerts.start_with_chat(start_system)
    await system.until_quiet()
    system.model.forget()
    system.model.fail(refusal, times=FOR_EVER)
    answer = await system.asked(QUESTION)
    assert len(system.model.calls()) == 1
    told = await alerts.until_told(system, "The model API answered")
    system.people.begin()
    for name in system.names:
        if name.startswith(("answerer", "all-in-one")):
            await system.until_said(name, "The model API failed", within_s=60)
    await asyncio.sleep(2)
    asked = len(system.model.calls())
    async with system.goes_on(answering=True):
        await asyncio.sleep(75)
    assert len(system.model.calls()) == asked
    system.saw(f"{refusal}: {answer['decision']}, {answer['reason']}; {asked} requests in all; told: {told}")
    assert alerts.alerts(system) == [told]
    system.model.heal()
    await system.asks_again_and_recovers()
    assert max(answer_times_s(system)) < ANSWERED_WITHIN_S
