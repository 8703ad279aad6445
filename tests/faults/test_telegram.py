"""Telegram slow, broken or unreachable: nobody waits for another one's chat, and what is not known is said to be so."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from yarl import URL

from tests.faults import alerts
from tests.faults.conftest import EVERYWHERE, StartSystem
from tests.faults.names import Names
from tests.faults.repeats import each_was_repeated_once, labelled, nameless
from tests.faults.system import System

pytestmark = [pytest.mark.postgres, pytest.mark.rabbitmq]
RETRY_AFTER_S = 35
SEND = "sendMessage"


@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault("F26", "Telegram answers 429 with retry_after=35", "to one chat, once")
async def test_a_chat_is_left_alone_as_long_as_telegram_asked_and_others_go_on(system: System) -> None:
    chat, *others = system.people.chats
    system.telegram.flood(RETRY_AFTER_S, chat=chat)
    refused = await system.telegram.wait_for_call(SEND, lambda call: call.status == 429)
    assert refused.chat_id == chat
    answered = {other: len(system.telegram.sent(other)) for other in others}
    again = await system.telegram.wait_for_call(
        SEND, lambda call: call.chat_id == chat and call.at > refused.at, timeout=RETRY_AFTER_S + 30
    )
    waited = (again.at - refused.at).total_seconds()
    more = [len(system.telegram.sent(other)) - answered[other] for other in others]
    system.saw(f"next asked after {waited:.1f} s; meanwhile {' and '.join(map(str, more))} replies to the others")
    assert waited >= RETRY_AFTER_S
    assert all(more)
    await system.asks_again_and_recovers()
    assert not labelled(system)


@pytest.mark.fault("F26", "the sender dies while Telegram wants a chat left alone", "SIGKILL after 429, retry_after=35")
async def test_whoever_sends_next_leaves_a_chat_alone_too(system: System) -> None:
    chat = system.people.chats[0]
    system.telegram.flood(RETRY_AFTER_S + 30, chat=chat)
    refused = await system.telegram.wait_for_call(SEND, lambda call: call.status == 429)
    until = refused.at + timedelta(seconds=RETRY_AFTER_S + 30)
    await asyncio.sleep(1)
    sender = "gateway" if "sends for the bot now" in system.process("gateway").log() else "gateway 2"
    await system.kill(sender)
    await system.telegram.wait_for_call(SEND, lambda call: call.at > refused.at + timedelta(seconds=10), timeout=60)
    await system.process(sender).start()
    await asyncio.sleep((until - datetime.now(UTC)).total_seconds())
    calls = [call for call in system.telegram.calls(SEND, chat) if refused.at < call.at < until]
    system.saw(f"{len(calls)} requests for that chat in {RETRY_AFTER_S + 30} s, by another sender")
    assert not calls
    await system.asks_again_and_recovers()


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault(
    "F27", "Telegram answers 502 after the request went out", "once, to a request that it did or did not do"
)
async def test_a_reply_that_ended_in_502_is_repeated_once_with_a_label(
    start_system: StartSystem, *, accepted: bool
) -> None:
    system = await alerts.start_with_chat(start_system)
    chat = system.people.chats[0]
    system.telegram.fail(SEND, chat=chat, status=502, after_accept=accepted)
    await an_uncertain_reply_is_repeated(system, chat, plain=int(accepted))


@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault(
    "F29", "Telegram's answer does not come in time", "one request is done, and nothing is ever answered"
)
async def test_a_reply_whose_answer_never_came_is_repeated_once_with_a_label(start_system: StartSystem) -> None:
    system = await alerts.start_with_chat(start_system)
    chat = system.people.chats[0]
    system.telegram.fail(SEND, chat=chat, after_accept=True, ending="hang")
    await an_uncertain_reply_is_repeated(system, chat, plain=1)


async def an_uncertain_reply_is_repeated(system: System, chat: int, *, plain: int) -> None:
    """One reply becomes uncertain, is told of, and is said once more with a label, never a second time without."""
    await system.until_counted("outbound", 1, 60, where="status = 'uncertain'")
    system.saw("one reply is uncertain")
    await alerts.until_told(system, "not known whether a reply arrived")
    await system.asks_again_and_recovers()
    assert each_was_repeated_once(system) == 1
    [repeat] = labelled(system)
    assert repeat.chat_id == chat
    assert nameless(system, chat) == plain
    system.saw(f"{plain} plain, one labelled repeat, one alert")
    assert len(alerts.alerts(system)) == 1


@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault("F28", "Telegram refuses connections", "every link to it is refused, for 15 s")
async def test_replies_that_never_went_out_are_sent_again_and_not_repeated(system: System) -> None:
    await system.until_quiet()
    await system.links.to("telegram").refuse()
    await replies_wait(system)
    await system.links.to("telegram").mend()
    await system.asks_again_and_recovers()
    assert not system.product.count("outbound", "status = 'uncertain'")


@pytest.mark.parametrize("address", [None, "127.0.0.2"])
@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault("F28", "Telegram's name is unknown, or leads elsewhere", "when a sender starts, and 15 s longer")
async def test_replies_wait_until_telegrams_name_leads_there_again(system: System, address: str | None) -> None:
    await system.until_quiet()
    names = Names.made(system.product.folder)
    names.point_to(address)
    for name in system.names:
        if name.startswith(("gateway", "all-in-one")):
            process = system.process(name)
            process.under = names.command
            there = URL(process.settings["TELEGRAM_API_BASE"]).with_host(names.known)
            await system.restart(name, TELEGRAM_API_BASE=str(there))
    await replies_wait(system)
    errors = system.product.rows("SELECT DISTINCT error FROM outbound WHERE status = 'waiting' AND error IS NOT NULL")
    system.saw(", ".join(str(row["error"]) for row in errors))
    names.point_to("127.0.0.1")
    await system.asks_again_and_recovers()
    assert not system.product.count("outbound", "status = 'uncertain'")


async def replies_wait(system: System) -> None:
    """For a while nothing is sent: replies wait, and are tried again."""
    await system.people.ask_once("How do I return an item?")
    await system.until_counted("outbound", 3, where="status = 'waiting' AND attempts > 0 AND author = 'machine'")
    sent = len(system.telegram.sent())
    async with system.goes_on(answering=True):
        system.people.begin()
        await asyncio.sleep(15)
    assert len(system.telegram.sent()) == sent
    tries = system.product.rows("SELECT max(attempts) AS most FROM outbound WHERE status = 'waiting'")[0]["most"]
    system.saw(f"replies waited, tried up to {tries} times")
    assert tries > 1
