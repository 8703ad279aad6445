"""Dead letters over the API: seen with their trace, page by page, and asked again once."""

import asyncio
from uuid import UUID

import httpx
import pytest

from supportbot.common.database import turns
from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.transactions import Database
from supportbot.common.ids import uuid7
from tests.integration.api_stage import DEAD_LETTERS, ApiStage


async def fail_on(database: Database, question: str) -> UUID:
    """Have a question become a dead letter; returns its conversation."""
    incoming = IncomingMessage("web", "", f"chat of {question}", f"web:{question}", "1", "hash", question)
    await database.write(lambda tx: receive_message(tx, incoming))
    turn = await database.write(turns.claim_turn)
    assert turn is not None
    outcome = turns.Outcome(
        question=question,
        decision="escalate",
        reason="dead_letter",
        text="",
        shown="A person will answer.",
        confidence=0.0,
        language="en",
        trace={"cause": "exit code -9"},
        dead_letter=True,
    )
    await database.write(lambda tx: turns.finish_turn(tx, turn, outcome))
    return turn.conversation_id


async def test_a_dead_letter_is_listed_and_shown_with_its_trace(stage: ApiStage, client: httpx.AsyncClient) -> None:
    conversation = await fail_on(stage.database, "What kills you?")
    (listed,) = (await client.get(DEAD_LETTERS, params={"open": "true"})).json()["items"]
    assert (listed["question"], listed["state"]) == ("What kills you?", "open")
    assert listed["conversation_id"] == str(conversation)
    assert "trace" not in listed
    shown = (await client.get(f"{DEAD_LETTERS}/{listed['id']}")).json()
    assert shown == {**listed, "trace": {"cause": "exit code -9"}}


async def test_a_replay_is_accepted_once_and_has_one_effect(stage: ApiStage, client: httpx.AsyncClient) -> None:
    conversation = await fail_on(stage.database, "What kills you?")
    (listed,) = (await client.get(DEAD_LETTERS)).json()["items"]
    path = f"{DEAD_LETTERS}/{listed['id']}/replay"
    answers = await asyncio.gather(*(client.post(path) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409, 409]
    (accepted,) = (answer.json() for answer in answers if answer.status_code == 202)
    assert accepted == {"conversation_id": str(conversation), "seq": 2}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"not_open"}
    assert (await client.get(DEAD_LETTERS, params={"open": "true"})).json()["items"] == []
    assert (await client.get(DEAD_LETTERS)).json()["items"][0]["state"] == "replayed"
    turn = await stage.database.write(turns.claim_turn)
    assert turn is not None
    assert turn.turn_to == 2
    assert await stage.database.write(turns.claim_turn) is None


async def test_pages_follow_each_other_newest_first(stage: ApiStage, client: httpx.AsyncClient) -> None:
    for number in range(5):
        await fail_on(stage.database, f"Q{number}")
    seen: list[str] = []
    after: str | None = None
    while True:
        page = (await client.get(DEAD_LETTERS, params={"limit": 2, **({"after": after} if after else {})})).json()
        seen += [item["question"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == ["Q4", "Q3", "Q2", "Q1", "Q0"]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_is_not_there_is_said_not_to_be(client: httpx.AsyncClient, method: str) -> None:
    path = f"{DEAD_LETTERS}/{uuid7()}" + ("/replay" if method == "POST" else "")
    answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (404, "no_dead_letter")


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "1000000000"}, {"after": "x"}, {"open": "perhaps"}])
async def test_wrong_parameters_are_named(client: httpx.AsyncClient, query: dict[str, str]) -> None:
    answer = await client.get(DEAD_LETTERS, params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert next(iter(query)) in answer.json()["detail"]


async def test_a_number_that_is_no_id_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{DEAD_LETTERS}/1")).status_code == 422
