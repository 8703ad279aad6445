"""The overview: what is counted, what it is compared with, and what can be taken away as a table."""

import csv
import io
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx
import pytest
from sqlalchemy import update

from supportbot.admin_api.overview.figures import FigureStore
from supportbot.admin_api.overview.spans import span_of
from supportbot.common.database.conversations import close
from supportbot.common.database.feedback import record_vote
from supportbot.common.database.schema.learning_tables import resolutions
from supportbot.common.database.schema.tables import answers
from supportbot.common.database.transactions import Database
from supportbot.common.database.turns import Outcome
from tests.integration.api_stage import ApiStage
from tests.integration.test_api_answers import ESCALATED, ask, reply
from tests.integration.test_knowledge_pages import come_in

OVERVIEW: Final = "/inbox/overview"
ANSWERED: Final = Outcome("", "answer", "answered", "Within 30 days.", "Within 30 days.", 0.9, "en", trace={})


@pytest.fixture
async def stage(tmp_path: Path, database: Database) -> AsyncGenerator[ApiStage]:
    """On each kind of database: sums by the hour are spelled differently."""
    made = ApiStage(tmp_path, database)
    await made.service.start()
    yield made
    await made.service.stop()


async def busy(stage: ApiStage) -> None:
    """Three answers, of which one did not help, and one question that a person answered, closed after it."""
    for _ in range(3):
        conversation, key = await ask(stage.database, "How long can I return it?", ANSWERED)
    await stage.database.write(lambda tx: record_vote(tx, conversation, reply_key=key, vote=-1))
    handed, _ = await ask(stage.database, "Where is my parcel?", ESCALATED)
    await reply(stage.database, handed, "On its way.")
    await stage.database.write(lambda tx: close(tx, handed))
    await ask(stage.database, "Hello", replace(ESCALATED, decision="reply", reason="small_talk"))


async def test_what_happened_is_counted_and_small_talk_is_not(stage: ApiStage) -> None:
    await busy(stage)
    found = await FigureStore(stage.database).of(span_of("day"))
    total = found.total
    assert (total.answered, total.escalated, total.wrong, total.helpful) == (3, 1, 1, 0)
    assert [step for step, one in found.steps.items() if one.answered][-1] in list(found.span.steps)[-2:]
    assert found.waits.machine is not None
    assert found.waits.person is not None
    assert found.waits.resolution is not None


async def test_what_is_older_belongs_to_the_span_before(stage: ApiStage) -> None:
    await busy(stage)
    earlier = datetime.now(UTC) - timedelta(days=9)
    await stage.database.write(lambda tx: tx.execute(update(answers).values(created_at=earlier)))
    store, week = FigureStore(stage.database), span_of("week")
    assert (await store.of(week)).total.answered == 0
    assert (await store.of(week.before)).total.answered == 3


async def test_a_conversation_that_is_closed_again_without_a_word_counts_once(stage: ApiStage) -> None:
    handed, _ = await ask(stage.database, "Where is my parcel?", ESCALATED)
    for _ in range(2):
        await stage.database.write(lambda tx: close(tx, handed))

    async def closings(connection: object) -> int:
        return len((await connection.execute(resolutions.select())).all())  # type: ignore[attr-defined]

    assert await stage.database.read(closings) == 1


async def test_the_page_says_it_in_both_languages_and_as_a_table(stage: ApiStage) -> None:
    async with come_in(stage) as anna:
        assert "No questions in this time" in (await anna.get(OVERVIEW)).text
        await busy(stage)
        page = (await anna.get(OVERVIEW, params={"span": "day"})).text
        assert "75" in page
        assert "How long can I return it?" in page
        russian = (await anna.get(OVERVIEW, headers={"Accept-Language": "ru"})).text
        assert "Отвечены машиной" in russian
        table = await anna.get(f"{OVERVIEW}/figures.csv", params={"span": "day"})
        rows = list(csv.DictReader(io.StringIO(table.text)))
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert sum(int(row["answered"]) for row in rows) == 3
    assert sum(int(row["handed_over"]) for row in rows) == 1


async def test_what_models_cost_is_for_those_who_may_see_costs(stage: ApiStage) -> None:
    async with come_in(stage) as anna:
        assert "Cost of models" in (await anna.get(OVERVIEW)).text
    async with come_in(stage, "oleg", "operator") as oleg:
        assert "Cost of models" not in (await oleg.get(OVERVIEW)).text
        assert "cost" not in (await oleg.get(f"{OVERVIEW}/figures.csv")).text


async def test_any_other_span_is_a_week(stage: ApiStage) -> None:
    async with come_in(stage) as anna:
        for odd in ("", "year", "'; DROP TABLE answers"):
            page: httpx.Response = await anna.get(OVERVIEW, params={"span": odd})
            assert page.status_code == 200
