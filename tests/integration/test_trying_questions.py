"""A question that is tried: answered as a user's is, with the trace of every stage, and nobody is sent anything."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select

from supportbot.answerer import app as answerer
from supportbot.answerer.service import AnswererService
from supportbot.answerer.settings import AnswererSettings
from supportbot.common.bus.local import LocalBus
from supportbot.common.database.schema.tables import answers, conversations, outbound, outbox
from supportbot.common.database.transactions import Database
from supportbot.common.knowledge.port import KnowledgeIndex
from tests.integration.answering import shop_index
from tests.integration.api_stage import ApiStage
from tests.integration.signing_in import BROWSER
from tests.integration.test_knowledge_pages import come_in

TRY: Final = "/inbox/knowledge/try"


@pytest.fixture
async def stage(tmp_path: Path, database: Database) -> AsyncGenerator[ApiStage]:
    made = ApiStage(tmp_path, database)
    await made.service.start()
    yield made
    await made.service.stop()


@pytest.fixture
async def anna(stage: ApiStage) -> AsyncGenerator[httpx.AsyncClient]:
    async with come_in(stage) as client:
        yield client


def build(stage: ApiStage, index: KnowledgeIndex) -> AnswererService:
    settings = AnswererSettings(_env_file=None, openai_api_key="")
    return answerer.build(answerer.Dependencies(stage.database, LocalBus(), index, settings))


async def test_the_page_shows_the_answer_and_what_every_stage_did(stage: ApiStage, anna: httpx.AsyncClient) -> None:
    async with shop_index(stage.folder / "index") as index:
        service = build(stage, index)
        await service.start()
        try:
            asked = await anna.post(TRY, data={"question": "How long is a gift card valid?"}, headers=BROWSER)
            page = (await anna.get(asked.headers["location"])).text
        finally:
            await service.stop()
    assert "365 days" in page
    for stage_name in ("Understood", "Searched", "Confidence", "Quoted"):
        assert stage_name in page
    assert "answered from 0.70 on" in page


async def test_nothing_is_sent_to_anybody(stage: ApiStage, anna: httpx.AsyncClient) -> None:
    async with shop_index(stage.folder / "index") as index:
        service = build(stage, index)
        asked = await anna.post(TRY, data={"question": "Where is my parcel?"}, headers=BROWSER)
        assert await service.parts.tried.take_one()
        assert not await service.parts.tried.take_one()
        page = (await anna.get(asked.headers["location"])).text
    assert "This would go to a person" in page

    async def rows(connection: object) -> list[int]:
        counted = [select(func.count()).select_from(table) for table in (conversations, answers, outbound, outbox)]
        return [int((await connection.execute(one)).scalar_one()) for one in counted]  # type: ignore[attr-defined]

    assert await stage.database.read(rows) == [0, 0, 0, 0]


async def test_where_nobody_answers_the_page_says_so(stage: ApiStage, anna: httpx.AsyncClient) -> None:
    from supportbot.admin_api.knowledge import trials

    asked = await anna.post(TRY, data={"question": "Is anybody there?"}, headers=BROWSER)
    pages = trials.TrialPages(stage.database, None, None, wait_s=0.0)  # type: ignore[arg-type]  # it is only looked up
    found = await pages._answered(UUID(asked.headers["location"].rpartition("/")[2]))
    assert found is not None
    assert found.result is None


@pytest.mark.parametrize("question", ["", "   ", "x" * 1001])
async def test_what_is_no_question_is_not_asked(anna: httpx.AsyncClient, question: str) -> None:
    assert (await anna.post(TRY, data={"question": question}, headers=BROWSER)).status_code == 422
