"""Asking on the web: answers with sources, a person where there is none, and nothing that breaks the page."""

import asyncio

import httpx
import pytest

from tests.e2e.deployment import Deployment
from tests.e2e.inbox import Operator
from tests.e2e.process import get
from tests.e2e.visitor import Visitor

NOT_IN_THE_DOCUMENTS = "What is the airspeed velocity of an unladen swallow?"


@pytest.mark.parametrize(
    ("language", "question", "source", "word"),
    [
        ("en", "How do I return an item?", "return", "30 days"),
        ("ru", "Как вернуть товар?", "возв", "30 дней"),
    ],
)
async def test_a_question_gets_a_cited_answer_in_its_language(
    shared_deployment: Deployment, language: str, question: str, source: str, word: str
) -> None:
    async with Visitor(shared_deployment.base_url, language=language) as visitor:
        reply = await visitor.ask(question)
    assert not reply.is_handover
    assert word in reply.text
    assert any(source in title.lower() for title in reply.sources)


async def test_a_question_without_an_answer_goes_to_a_person_whose_reply_appears_in_the_chat(
    shared_deployment: Deployment,
) -> None:
    async with Visitor(shared_deployment.base_url) as visitor, Operator(shared_deployment.inbox_url) as operator:
        told = await visitor.ask(NOT_IN_THE_DOCUMENTS)
        assert told.is_handover
        await visitor.until(lambda: visitor.state == "waiting" or None)
        conversation = await operator.find(NOT_IN_THE_DOCUMENTS)
        assert (await operator.reply(conversation, "About 11 metres per second.")).is_success
        reply = await visitor.reply_after(1)
        assert (reply.author, "About 11 metres per second." in reply.text) == ("person", True)
        assert conversation not in await operator.waiting()


async def test_an_open_inbox_is_told_of_a_question_at_once(shared_deployment: Deployment) -> None:
    question = f"{NOT_IN_THE_DOCUMENTS} A swift one."
    async with Visitor(shared_deployment.base_url) as visitor, Operator(shared_deployment.inbox_url) as operator:
        told = asyncio.create_task(operator.hears_of(question))
        await visitor.ask(question)
        await told


async def test_a_page_that_comes_back_gets_what_it_missed_and_nothing_twice(shared_deployment: Deployment) -> None:
    async with Visitor(shared_deployment.base_url) as visitor:
        await visitor.ask("How do I return an item?")
        await visitor.lose_connection()
        await visitor.say("How do I track my order?")
        visitor.come_back()
        await visitor.reply_after(1)
    shown = [(entry.author, entry.number) for entry in visitor.entries]
    assert shown == [("visitor", 1), ("machine", 1), ("visitor", 2), ("machine", 2)]


async def test_a_page_that_is_loaded_again_shows_what_was_said(shared_deployment: Deployment) -> None:
    async with Visitor(shared_deployment.base_url) as visitor:
        await visitor.ask("How do I return an item?")
        page = await visitor.reloaded()
    assert "How do I return an item?" in page
    assert "30 days" in page


async def test_an_operators_reply_sent_twice_appears_once(shared_deployment: Deployment) -> None:
    question = f"{NOT_IN_THE_DOCUMENTS} An African one."
    async with Visitor(shared_deployment.base_url) as visitor, Operator(shared_deployment.inbox_url) as operator:
        await visitor.ask(question)
        conversation = await operator.find(question)
        for _ in range(2):
            assert (await operator.reply(conversation, "It depends.", client_id="once")).is_success
        assert (await operator.reply(conversation, "That is all.")).is_success
        await visitor.until(lambda: any("That is all." in reply.text for reply in visitor.replies) or None)
    assert [reply.author for reply in visitor.replies] == ["machine", "person", "person"]


async def test_who_asks_for_a_person_gets_one(shared_deployment: Deployment) -> None:
    async with Visitor(shared_deployment.base_url) as visitor:
        assert (await visitor.call_person()).status_code == httpx.codes.ACCEPTED
        assert (await visitor.reply_after(0)).is_handover


async def test_while_a_person_has_taken_over_the_machine_is_silent(shared_deployment: Deployment) -> None:
    async with Visitor(shared_deployment.base_url) as visitor, Operator(shared_deployment.inbox_url) as operator:
        await visitor.ask(f"{NOT_IN_THE_DOCUMENTS} A European one.")
        conversation = await operator.find("A European one.")
        assert (await operator.change(conversation, "take-over")).is_success
        await visitor.say("How do I return an item?")
        assert (await operator.reply(conversation, "I am looking into it.")).is_success
        await visitor.until(lambda: any("looking into it" in reply.text for reply in visitor.replies) or None)
        assert (await operator.change(conversation, "hand-back")).is_success
        await visitor.ask("How do I track my order?")
    assert [reply.author for reply in visitor.replies] == ["machine", "person", "machine"]


async def test_a_vote_is_kept_and_can_be_changed(shared_deployment: Deployment) -> None:
    async with Visitor(shared_deployment.base_url) as visitor:
        reply = await visitor.ask("How do I return an item?")
        for vote in (1, -1):
            assert (await visitor.rate(reply, vote)).is_success
            votes = shared_deployment.rows("SELECT vote FROM feedback WHERE reply_key = ?", reply.reply_key)
            assert [row["vote"] for row in votes] == [vote]


async def test_nobody_rates_or_reads_what_was_said_to_somebody_else(shared_deployment: Deployment) -> None:
    async with Visitor(shared_deployment.base_url) as visitor, Visitor(shared_deployment.base_url) as other:
        reply = await visitor.ask("How do I return an item?")
        assert (await other.rate(reply, 1)).status_code == httpx.codes.NOT_FOUND
        assert other.entries == []


async def test_a_message_sent_again_is_stored_and_answered_once(shared_deployment: Deployment) -> None:
    async with Visitor(shared_deployment.base_url) as visitor:
        answers = [await visitor.say("How do I track my order?", client_id="same") for _ in range(5)]
        await visitor.reply_after(0)
        await visitor.ask("How much does delivery cost?")
    assert {answer.json()["seq"] for answer in answers} == {1}
    assert len(visitor.replies) == 2


async def test_another_text_under_a_used_id_is_refused(shared_deployment: Deployment) -> None:
    async with Visitor(shared_deployment.base_url) as visitor:
        await visitor.say("How do I track my order?", client_id="same")
        assert (await visitor.say("Something else", client_id="same")).status_code == httpx.codes.CONFLICT


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("   \n\t ", id="spaces"),
        pytest.param("\0", id="NUL"),
        pytest.param("x" * 20_001, id="too long"),
    ],
)
async def test_what_cannot_be_a_question_is_refused_with_a_reason(shared_deployment: Deployment, text: str) -> None:
    async with Visitor(shared_deployment.base_url) as visitor:
        refused = await visitor.say(text)
    assert refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert refused.json()["error"]["message"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("👍" * 2049, id="emoji"),
        pytest.param("a\0b?", id="NUL inside"),
        pytest.param("\u202egnihton\u202c?", id="right to left"),
        pytest.param("\ufeff\u200b?", id="zero width"),
        pytest.param("<script>alert(1)</script>", id="script"),
        pytest.param("x" * 20_000, id="one long word"),
        pytest.param("\u0301" * 3000, id="accents"),
    ],
)
async def test_odd_text_gets_a_reply_like_any_other(shared_deployment: Deployment, text: str) -> None:
    async with Visitor(shared_deployment.base_url) as visitor:
        assert (await visitor.ask(text)).text
    assert "<script>alert" not in "".join(entry.html for entry in visitor.entries)


async def test_another_site_cannot_write_in_a_visitors_name(shared_deployment: Deployment) -> None:
    async with httpx.AsyncClient(base_url=shared_deployment.base_url, trust_env=False) as client:
        refused = await client.post(
            "/chat/messages", json={"text": "Hi"}, headers={"Origin": "https://elsewhere.example"}
        )
    assert refused.status_code == httpx.codes.FORBIDDEN


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "CF-Connecting-IP"])
async def test_the_inbox_is_closed_to_whoever_comes_through_a_proxy(shared_deployment: Deployment, header: str) -> None:
    inbox = f"{shared_deployment.inbox_url}/inbox"
    assert (await get(inbox)).status_code == httpx.codes.OK
    assert (await get(inbox, **{header: "203.0.113.7"})).status_code == httpx.codes.FORBIDDEN


async def test_the_inbox_is_closed_to_another_host_name(shared_deployment: Deployment) -> None:
    answer = await get(f"{shared_deployment.inbox_url}/inbox", Host="support.example")
    assert answer.status_code == httpx.codes.FORBIDDEN
