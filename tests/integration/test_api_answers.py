"""Answers over the API: with their whole trace, and what was not answered gathered by what it is about."""

import random
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest

from supportbot.common.database import turns
from supportbot.common.database.conversations import operator_reply
from supportbot.common.database.feedback import record_vote
from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.transactions import Database
from supportbot.common.database.turns import Outcome
from supportbot.common.ids import ConversationId, uuid7
from supportbot.common.knowledge.senses import signs
from tests.integration.api_stage import ANSWERS, ApiStage

ESCALATED = Outcome("", "escalate", "low_confidence", "", "A person will answer.", 0.2, "en", trace={"stages": []})


async def ask(database: Database, question: str, outcome: Outcome = ESCALATED) -> tuple[ConversationId, str]:
    """Have a question end so; its conversation and the reply's key."""
    incoming = IncomingMessage("web", "", f"chat of {uuid7()}", "web:x", str(uuid7()), "hash", question)
    await database.write(lambda tx: receive_message(tx, incoming))
    turn = await database.write(turns.claim_turn)
    assert turn is not None
    ended = replace(outcome, question=question)
    return turn.conversation_id, await database.write(lambda tx: turns.finish_turn(tx, turn, ended))


async def reply(database: Database, conversation: ConversationId, text: str) -> None:
    """Answer as a person."""
    await database.write(lambda tx: operator_reply(tx, conversation, text=text, operator="", seen=1))


async def escalation(database: Database, question: str, answer: str = "") -> UUID:
    """An escalation, answered by a person where `answer` is given."""
    from sqlalchemy import select

    from supportbot.common.database.schema.tables import escalations

    conversation, _ = await ask(database, question)
    if answer:
        await reply(database, conversation, answer)
    wanted = select(escalations.c.id).where(escalations.c.conversation_id == conversation)

    async def look(connection: Any) -> UUID:
        found: UUID = (await connection.execute(wanted)).scalar_one()
        return found

    return await database.read(look)


async def test_an_answer_is_shown_with_all_that_was_noted_and_its_vote(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    trace = {
        "stages": [{"stage": "retrieve", "found": [{"document": "a.md", "total": 1.5}]}],
        "model": [{"cost_micro": 5}],
        "right_of_such": 0.965,
    }
    answered = Outcome("", "answer", "answered", "Within 30 days.", "Within 30 days.", 0.9, "en", trace=trace)
    conversation, key = await ask(stage.database, "How long can I return it?", answered)
    await ask(stage.database, "Something else")
    await stage.database.write(lambda tx: record_vote(tx, conversation, reply_key=key, vote=-1))
    (listed,) = (await client.get(ANSWERS, params={"decision": "answer"})).json()["items"]
    (other,) = (await client.get(ANSWERS, params={"decision": "escalate"})).json()["items"]
    assert (listed["right_of_such"], other["right_of_such"]) == (0.965, None)
    assert (listed["question"], listed["vote"], listed["confidence"]) == ("How long can I return it?", -1, 0.9)
    shown = (await client.get(f"{ANSWERS}/{listed['id']}")).json()
    assert shown == {**listed, "citations": [], "passages": [], "trace": trace}


async def test_pages_of_answers_follow_each_other_and_can_be_narrowed(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    conversations = [(await ask(stage.database, f"Question {number}"))[0] for number in range(5)]
    first = (await client.get(ANSWERS, params={"limit": 3})).json()
    second = (await client.get(ANSWERS, params={"limit": 3, "after": first["next"]})).json()
    assert [one["question"][-1] for one in first["items"] + second["items"]] == ["4", "3", "2", "1", "0"]
    assert second["next"] is None
    only = (await client.get(ANSWERS, params={"conversation": str(conversations[2])})).json()["items"]
    assert [one["question"] for one in only] == ["Question 2"]
    assert (await client.get(ANSWERS, params={"reason": "nothing_found"})).json()["items"] == []


async def test_unanswered_questions_are_gathered_by_what_they_are_about(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    asked = [
        "Do you ship to Kazakhstan?", "How much is shipping to Kazakhstan?", "Can I get shipping to Kazakhstan?",
        "Есть ли у вас рассрочка?", "Можно оформить рассрочку на диван?", "Do you have a loyalty programme?",
    ]  # fmt: skip
    for question in asked:
        await ask(stage.database, question)
    await ask(stage.database, "Call me a person", replace(ESCALATED, reason="asked_for_person"))
    page = (await client.get(f"{ANSWERS}/unanswered")).json()
    assert page["questions"] == 6
    assert [one["size"] for one in page["items"]] == [3, 2, 1]
    assert set(page["items"][0]["questions"]) == set(asked[:3])
    assert "kazakhstan" in page["items"][0]["terms"]
    assert page["items"][1]["example"] in asked[3:5]


async def test_unanswered_questions_are_gathered_by_what_they_mean_where_that_is_known(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    alike = ["Can I get my money back?", "How does a refund work?"]
    others = [f"Something about {word}" for word in "sofas lamps beds jobs cats tea rugs".split()]
    for number, question in enumerate([*alike, *others]):
        direction = random.Random(max(0, number - 1))
        sense = {"model": "m", "dimensions": 256, "signs": signs([direction.uniform(-1, 1) for _ in range(256)])}
        await ask(stage.database, question, replace(ESCALATED, trace={"stages": [], "sense": sense}))
    await ask(stage.database, "And this?", replace(ESCALATED, trace={"sense": {"model": "m", "signs": 7}}))
    page = (await client.get(f"{ANSWERS}/unanswered")).json()
    assert set(page["items"][0]["questions"]) == set(alike)


async def test_an_answer_that_was_voted_down_is_a_question_without_one(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    answered = Outcome("", "answer", "answered", "Yes.", "Yes.", 0.9, "en")
    conversation, key = await ask(stage.database, "Is it blue?", answered)
    await ask(stage.database, "Is it red?", answered)
    await stage.database.write(lambda tx: record_vote(tx, conversation, reply_key=key, vote=-1))
    page = (await client.get(f"{ANSWERS}/unanswered")).json()
    assert [one["questions"] for one in page["items"]] == [["Is it blue?"]]


@pytest.mark.parametrize("query", [{"limit": "0"}, {"decision": "perhaps"}, {"after": "x"}, {"reason": "\u0000"}])
async def test_wrong_parameters_are_named(client: httpx.AsyncClient, query: dict[str, str]) -> None:
    answer = await client.get(ANSWERS, params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_an_answer_that_is_not_there_is_said_not_to_be(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{ANSWERS}/{uuid7()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_answer")
