"""A person's reply becomes a reviewed answer by one call: without repeats, in search at once, in the regression set."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from supportbot.admin_api.faq.repository import FaqRepository
from supportbot.answerer.domain.answer import Question
from supportbot.answerer.use_cases.answer_question import AnswerQuestion
from supportbot.common.attached_files import StoredAttachment
from supportbot.common.database.conversations import operator_file
from supportbot.common.database.schema.tables import document_versions
from supportbot.common.database.transactions import Database
from supportbot.common.ids import ConversationId, uuid7
from tests.integration.api_stage import FAQ, ApiStage, until_state
from tests.integration.indexing import eventually
from tests.integration.test_api_answers import escalation, reply


@pytest.fixture
async def client(stage: ApiStage) -> AsyncGenerator[httpx.AsyncClient]:
    async with stage.client(await stage.key("faq", name="Olga")) as client:
        yield client


PAIR = {"question": "Do you ship to Kazakhstan?", "answer": "Yes, to Kazakhstan it takes 12 days."}


async def test_a_persons_reply_becomes_an_answer_of_the_machine(stage: ApiStage, client: httpx.AsyncClient) -> None:
    asked = await escalation(stage.database, "Do you ship to Kazakhstan?", "Yes, to Kazakhstan it takes 12 days.")
    async with stage.indexing() as (_, index):
        answer = await client.post(FAQ, json={"escalation_id": str(asked)})
        entry = answer.json()
        assert (answer.status_code, entry["outcome"], entry["reviewed_by"]) == (201, "new", "Olga")

        async def serving() -> bool:
            return bool((await client.get(f"{FAQ}/{entry['id']}")).json()["serving"])

        await eventually(serving)
        said = await AnswerQuestion(index, threshold=0.0)(Question("Do you ship to Kazakhstan?"))
    assert (said.decision, said.ranked[0]) == ("answer", entry["document"])
    assert said.text == "Yes, to Kazakhstan it takes 12 days."
    (line,) = (await client.get(f"{FAQ}/regression")).json()["questions"]
    assert (line["text"], line["gold"]) == ("Do you ship to Kazakhstan?", [entry["document"]])


async def test_the_same_question_in_other_words_is_the_same_entry(client: httpx.AsyncClient) -> None:
    first = (await client.post(FAQ, json=PAIR)).json()
    again = await client.post(FAQ, json={**PAIR, "question": "do you SHIP, to Kazakhstan"})
    assert (again.status_code, again.json()["outcome"], again.json()["id"]) == (200, "known", first["id"])
    changed = await client.post(FAQ, json={**PAIR, "answer": "Yes, within 9 days."})
    assert (changed.json()["outcome"], changed.json()["answer"]) == ("answer_replaced", "Yes, within 9 days.")
    assert len((await client.get(FAQ)).json()["items"]) == 1


async def test_a_similar_question_needs_a_word_from_whoever_reviews(client: httpx.AsyncClient) -> None:
    pair = {"question": "How long does express shipping to Kazakhstan take?", "answer": "4 days."}
    near = {"question": "How long does express shipping to Kazakhstan usually take?", "answer": "4 days."}
    first = (await client.post(FAQ, json=pair)).json()
    refused = await client.post(FAQ, json=near)
    assert (refused.status_code, refused.json()["code"]) == (409, "similar")
    assert first["id"] in refused.json()["detail"]
    added = (await client.post(FAQ, json={**near, "entry_id": first["id"]})).json()
    assert (added["outcome"], added["questions"]) == ("question_added", [pair["question"], near["question"]])
    other = {"question": "How long does express shipping to Kazakhstan take in winter?", "answer": "9 days."}
    assert (await client.post(FAQ, json={**other, "distinct": True})).json()["outcome"] == "new"
    assert len((await client.get(f"{FAQ}/regression")).json()["questions"]) == 3


async def test_many_at_once_make_one_entry(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post(FAQ, json=PAIR) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_what_is_written_in_an_answer_is_never_markup(stage: ApiStage, client: httpx.AsyncClient) -> None:
    answer = "Press [Save](https://evil.example), # not a heading, <b>bold</b> and *stars*.\n- one\n- two"
    async with stage.indexing() as (_, index):
        entry = (await client.post(FAQ, json={"question": "How do I save a draft?", "answer": answer})).json()

        async def serving() -> bool:
            return bool((await client.get(f"{FAQ}/{entry['id']}")).json()["serving"])

        await eventually(serving)
        (passage,) = await index.neighbours(entry["document"], range(5))
    assert passage.title == "How do I save a draft?"
    assert passage.text.split() == answer.split()


async def test_a_removed_entry_answers_no_more(stage: ApiStage, client: httpx.AsyncClient) -> None:
    async with stage.indexing() as (_, index):
        entry = (await client.post(FAQ, json=PAIR)).json()

        async def known() -> bool:
            return entry["document"] in await index.versions()

        await eventually(known)
        assert (await client.delete(f"{FAQ}/{entry['id']}")).status_code == 202

        async def gone() -> bool:
            return not await known()

        await eventually(gone)
    assert (await client.get(f"{FAQ}/{entry['id']}")).status_code == 404
    assert (await client.delete(f"{FAQ}/{entry['id']}")).status_code == 404


async def test_an_escalation_that_nobody_answered_needs_an_answer(stage: ApiStage, client: httpx.AsyncClient) -> None:
    asked = str(await escalation(stage.database, "Do you ship to Kazakhstan?"))
    refused = await client.post(FAQ, json={"escalation_id": asked})
    assert (refused.status_code, refused.json()["code"]) == (409, "no_reply")
    given = await client.post(FAQ, json={"escalation_id": asked, "answer": "Yes, we do."})
    assert given.json()["questions"] == ["Do you ship to Kazakhstan?"]


async def test_a_file_alone_is_no_answer_and_the_words_beside_it_are(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    asked = await escalation(stage.database, "Do you have a plan of the shelf?")
    found = await FaqRepository(stage.database).escalated(asked)
    assert found is not None
    conversation = ConversationId(found[0])
    plan = StoredAttachment("plan.pdf", "document", "0" * 64, 7)
    await stage.database.write(lambda tx: operator_file(tx, conversation, file=plan, operator="", seen=1))
    refused = await client.post(FAQ, json={"escalation_id": str(asked)})
    assert (refused.status_code, refused.json()["code"]) == (409, "no_reply")
    assert "in words" in refused.json()["detail"]
    await reply(stage.database, conversation, "It hangs on three hooks.")
    taken = await client.post(FAQ, json={"escalation_id": str(asked)})
    assert (taken.status_code, taken.json()["answer"]) == (201, "It hangs on three hooks.")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "incomplete_pair"),
        ({"question": "   ", "answer": "x"}, 422, "incomplete_pair"),
        ({"question": "x"}, 422, "incomplete_pair"),
        ({"question": "x" * 1001, "answer": "x"}, 422, "invalid"),
        ({"question": "x", "answer": "y", "role": "admin"}, 422, "invalid"),
        ({"escalation_id": str(uuid7())}, 404, "no_escalation"),
        ({"question": "Where?", "answer": "Here.", "entry_id": str(uuid7())}, 404, "no_faq_entry"),
    ],
)
async def test_what_is_no_pair_is_refused(
    client: httpx.AsyncClient, body: dict[str, str], status: int, code: str
) -> None:
    answer = await client.post(FAQ, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await client.get(FAQ)).json()["items"] == []


@pytest.mark.parametrize("kept", [2, 3])
async def test_as_many_versions_of_an_answer_are_kept_as_of_any_document(
    tmp_path: Path, sqlite_database: Database, kept: int
) -> None:
    stage = ApiStage(tmp_path, sqlite_database, kept=kept)
    async with stage.client(await stage.key("faq", "documents", name="Olga")) as client, stage.indexing():
        for days in range(5, 10):
            entry = (await client.post(FAQ, json={**PAIR, "answer": f"Yes, within {days} days."})).json()
            await until_state(client, entry["document"], "live")
    versions = select(func.count()).select_from(document_versions)
    assert await sqlite_database.read(lambda connection: connection.scalar(versions)) == kept
