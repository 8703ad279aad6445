"""Telegram refuses a reply for good, or as it is: what can never arrive ends, what can, arrives once."""

import pytest

from tests.faults import alerts
from tests.faults.conftest import EVERYWHERE, StartSystem
from tests.faults.repeats import labelled
from tests.faults.system import System

pytestmark = [pytest.mark.postgres, pytest.mark.rabbitmq]
SEND = "sendMessage"
QUESTION = "How do I return an item?"
GONE = {
    "the person blocked the bot": (403, "Forbidden: bot was blocked by the user"),
    "there is no such chat": (400, "Bad Request: chat not found"),
}
GROUP, SUPERGROUP = -4_000_500, -1_004_000_000_500
BAD_ENTITIES = 'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 7'


@pytest.mark.parametrize("why", GONE)
@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault("F30", "a chat cannot be reached any more", "Telegram refuses every message to it, 403 or 400")
async def test_a_reply_to_a_chat_that_is_gone_ends_and_its_person_is_marked(
    start_system: StartSystem, why: str
) -> None:
    system = await alerts.start_with_chat(start_system)
    await system.until_quiet()
    status, words = GONE[why]
    chat = system.people.chats[0]
    system.telegram.fail(SEND, chat=chat, status=status, description=words, times=1_000)
    before = len(system.telegram.calls(SEND, chat))
    await system.asked(QUESTION)
    await system.until_counted("outbound", 1, where=f"chat = '{chat}' AND status = 'failed'")
    async with system.goes_on(answering=True):
        await system.people.ask_once()  # the one who is gone asks too: whoever writes is tried again
        await system.until_settled()
    asked = len(system.telegram.calls(SEND, chat)) - before
    marked = system.product.count("conversations", f"chat = '{chat}' AND unreachable")
    others = system.product.count("conversations", f"chat <> '{chat}' AND unreachable")
    system.saw(f"{why}: {asked} requests for 2 replies, both ended; the person is marked")
    assert (asked, marked, others) == (2, 1, 0)
    assert alerts.alerts(system) == []
    system.telegram.heal()
    await system.asks_again_and_recovers(may_fail=[chat])
    assert not system.product.count("conversations", "unreachable")
    system.saw("who writes again is answered again, the mark is gone")


@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault("F31", "a group became a supergroup", "its old id is refused with migrate_to_chat_id")
async def test_a_reply_to_a_group_that_moved_is_sent_once_to_its_new_place(system: System) -> None:
    await system.until_quiet()
    asker = system.people.chats[0]
    system.telegram.add_group(GROUP, supergroup=False)
    system.model.slow(2.0, endpoint="chat")
    questions = (QUESTION, "How much does delivery cost?")
    for question in questions:
        system.telegram.user_says(GROUP, f"@fake_bot {question}", user_id=asker)
    await system.until_counted("conversations", 1, where=f"chat = '{GROUP}'")
    system.telegram.migrate(GROUP, SUPERGROUP)
    system.model.heal()
    await system.until_settled()
    conversations = system.product.rows(f"SELECT * FROM conversations WHERE chat IN ('{GROUP}', '{SUPERGROUP}')")
    replies = [message.text for message in system.telegram.sent(SUPERGROUP)]
    refused = [call for call in system.telegram.calls(SEND, GROUP) if call.status == 400]
    answers = system.product.count("answers", f"conversation_id = '{conversations[0]['id']}'")
    system.saw(f"{len(refused)} request refused, {len(replies)} replies at the new id to {answers} turns")
    assert [row["chat"] for row in conversations] == [str(SUPERGROUP)]
    assert len(refused) == 1
    assert len(replies) == len(set(replies)) == answers
    assert not system.telegram.sent(GROUP)

    system.telegram.user_says(SUPERGROUP, "@fake_bot What does the warranty cover?", user_id=asker)
    await system.telegram.wait_for_count(answers + 1, SUPERGROUP, timeout=30)
    assert len(system.telegram.calls(SEND, GROUP)) == 1
    system.saw("the next question is answered there at once, in the same conversation")
    await system.asks_again_and_recovers()
    assert system.product.count("conversations", f"chat IN ('{GROUP}', '{SUPERGROUP}')") == 1
    assert not labelled(system)


@pytest.mark.parametrize("refusals", [1, 2])
@pytest.mark.parametrize("kind", EVERYWHERE)
@pytest.mark.fault("F32", "Telegram cannot parse a reply's entities", "400 to one request, or to its plain form too")
async def test_a_reply_that_telegram_cannot_parse_is_sent_once_more_as_plain_text(
    start_system: StartSystem, refusals: int
) -> None:
    system = await alerts.start_with_chat(start_system)
    await system.until_quiet()
    chat = system.people.chats[0]
    before, said = len(system.telegram.calls(SEND, chat)), len(system.telegram.sent(chat))
    system.telegram.fail(SEND, chat=chat, status=400, description=BAD_ENTITIES, times=refusals)
    await system.asked(QUESTION)
    await system.until_settled()
    calls, replies = system.telegram.calls(SEND, chat)[before:], system.telegram.sent(chat)[said:]
    modes = [call.params.get("parse_mode", "plain") for call in calls]
    assert modes == ["HTML", "plain"]
    assert len(replies) == 2 - refusals
    assert not any("<b>" in reply.text or "&amp;" in reply.text for reply in replies)
    failed = system.product.count("outbound", "status = 'failed'")
    told = [await alerts.until_told(system, "A reply could not be sent")] if failed else []
    assert failed == refusals - 1
    assert alerts.alerts(system) == told
    system.saw(f"{refusals} refused: asked as {', then as '.join(modes)}; {len(replies)} arrived, {len(told)} alerts")
    await system.asks_again_and_recovers(may_fail=[chat] if failed else [])
    assert not labelled(system)
