"""Questions without an answer become reviewed answers on the pages: two clicks, and nobody is asked twice."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final

import httpx
import pytest

from supportbot.common.attached_files import StoredAttachment
from supportbot.common.database.conversations import operator_file
from supportbot.common.database.transactions import Database
from tests.integration.api_stage import ApiStage
from tests.integration.signing_in import BROWSER, added
from tests.integration.test_api_answers import ask, reply
from tests.integration.test_knowledge_pages import come_in

GAPS: Final = "/inbox/knowledge/gaps"
REVIEWED: Final = "/inbox/knowledge/faq"
QUESTION: Final = "Do you deliver to Mars?"
ANSWER: Final = "Not yet. We deliver to the Moon."


@pytest.fixture
async def stage(tmp_path: Path, sqlite_database: Database) -> AsyncGenerator[ApiStage]:
    made = ApiStage(tmp_path, sqlite_database)
    await made.service.start()
    yield made
    await made.service.stop()


@pytest.fixture
async def anna(stage: ApiStage) -> AsyncGenerator[httpx.AsyncClient]:
    async with come_in(stage) as client:
        yield client


async def test_a_gap_is_closed_with_what_a_colleague_replied(stage: ApiStage, anna: httpx.AsyncClient) -> None:
    conversation, _ = await ask(stage.database, QUESTION)
    await ask(stage.database, "do you deliver to mars")
    await reply(stage.database, conversation, ANSWER)
    page = (await anna.get(GAPS)).text
    assert ANSWER in page, "the form offers it"
    fields = {"question": QUESTION, "answer": ANSWER, "also_0": "Can parcels fly to Mars?", "from": "gaps"}
    saved = await anna.post(REVIEWED, data=fields, headers=BROWSER)
    assert saved.headers["location"] == f"{GAPS}?done=reviewed"
    after = (await anna.get(saved.headers["location"])).text
    assert ("It will be found in a moment." in after, QUESTION in after) == (True, False)
    entries = (await anna.get(REVIEWED)).text
    assert (QUESTION in entries, "Can parcels fly to Mars?" in entries, "reviewed by Anna" in entries) == (
        True,
        True,
        True,
    )


async def test_a_file_is_not_offered_as_the_answer(stage: ApiStage, anna: httpx.AsyncClient) -> None:
    conversation, _ = await ask(stage.database, QUESTION)
    plan = StoredAttachment("routes.pdf", "document", "0" * 64, 7)
    await stage.database.write(lambda tx: operator_file(tx, conversation, file=plan, operator="", seen=1))
    assert "routes.pdf" not in (await anna.get(GAPS)).text
    await reply(stage.database, conversation, ANSWER)
    assert ANSWER in (await anna.get(GAPS)).text


async def test_a_question_that_is_nearly_known_is_asked_about(anna: httpx.AsyncClient) -> None:
    await anna.post(REVIEWED, data={"question": "How long can I return shoes?", "answer": "30 days."}, headers=BROWSER)
    near = {"question": "How long can I return red shoes?", "answer": "30 days, red or not."}
    asked = await anna.post(REVIEWED, data=near, headers=BROWSER)
    assert (asked.status_code, "Nearly this question is there already" in asked.text) == (409, True)
    own = await anna.post(REVIEWED, data={**near, "similar": "distinct"}, headers=BROWSER)
    assert own.status_code == 303


async def test_what_was_removed_can_be_brought_back_at_once(anna: httpx.AsyncClient) -> None:
    await anna.post(REVIEWED, data={"question": QUESTION, "answer": ANSWER}, headers=BROWSER)
    page = (await anna.get(REVIEWED)).text
    path = next(part.split('"')[0] for part in page.split('action="') if "/remove" in part.split('"')[0])
    removed = await anna.post(path, headers=BROWSER)
    assert (removed.status_code, "is removed." in removed.text, f'value="{ANSWER}"' in removed.text) == (
        200,
        True,
        True,
    )
    assert QUESTION not in (await anna.get(REVIEWED)).text
    assert (await anna.post(path, headers=BROWSER)).status_code == 404


async def test_half_a_pair_is_not_taken_and_stays_in_the_form(anna: httpx.AsyncClient) -> None:
    half = await anna.post(REVIEWED, data={"question": QUESTION, "answer": ""}, headers=BROWSER)
    assert (half.status_code, f'value="{QUESTION}"' in half.text) == (422, True)


async def test_an_operator_sees_gaps_and_is_offered_no_form(stage: ApiStage) -> None:
    await ask(stage.database, QUESTION)
    await added(stage.database, "root")
    async with come_in(stage, "oleg", "operator") as oleg:
        page = (await oleg.get(GAPS)).text
        assert (QUESTION in page, "Save and use" in page) == (True, False)
        assert (await oleg.post(REVIEWED, data={"question": "a", "answer": "b"})).status_code == 403
