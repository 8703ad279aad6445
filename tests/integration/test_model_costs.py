"""What models cost is written down once for every paid reply, limits what is asked, and can be read."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from supportbot.answerer.use_cases.answer_question import AnswerQuestion
from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.model_costs import spent_today
from supportbot.common.database.schema.learning_tables import model_calls
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.ids import ConversationId
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from tests.fakes.openai import FakeOpenAI
from tests.integration.answering import ANSWERER, DOUBTFUL, QUESTION, RERANKER, Alarms, opened
from tests.integration.api_stage import ApiStage
from tests.integration.test_answering_with_model import GOOD

PRICES = f"{ANSWERER}=1/4,{RERANKER}=2.5/10"


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as fake:
        fake.answer_with(GOOD, model=ANSWERER, times=None)
        yield fake


async def person(database: Database, name: str) -> ConversationId:
    message = IncomingMessage("web", "", name, f"web:{name}", "1", "hash", "Hello")

    async def receive(tx: Transaction) -> ConversationId:
        return (await receive_message(tx, message)).conversation_id

    return await database.write(receive)


async def lines(stage: ApiStage, by: str, **query: Any) -> list[dict[str, Any]]:
    async with stage.client() as client:
        found: list[dict[str, Any]] = (await client.get("/api/v1/costs", params={"by": by, **query})).json()["items"]
        return found


async def test_every_paid_reply_is_counted_once_and_summed_up_in_every_way(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, database: Database, tmp_path: Path
) -> None:
    anna, boris = await person(database, "anna"), await person(database, "boris")
    answer = AnswerQuestion(index, threshold=0.0)
    async with opened(server, database=database, rerank="always", model_prices=PRICES) as model:
        first = await answer(QUESTION, model.for_turn(anna, 1))
        await answer(QUESTION, model.for_turn(anna, 1))  # after a crash: kept, and not paid again
        await answer(QUESTION, model.for_turn(boris, 1))
    stage, used = ApiStage(tmp_path, database), server.tokens()
    (today,) = await lines(stage, "day")
    assert today["group"] == datetime.now(UTC).date().isoformat()
    assert (today["calls"], today["questions"], today["unpriced"]) == (4, 2, 0)
    assert (today["prompt_tokens"], today["completion_tokens"]) == (used["prompt"], used["completion"])
    by_stage = {line["group"]: line for line in await lines(stage, "stage")}
    assert {name: line["calls"] for name, line in by_stage.items()} == {"rerank": 2, "answer": 2}
    by_person = {line["group"]: line["cost"] for line in await lines(stage, "person")}
    assert by_person == {str(anna): pytest.approx(today["cost"] / 2), str(boris): pytest.approx(today["cost"] / 2)}
    assert {line["group"] for line in await lines(stage, "question")} == {f"{anna}:1", f"{boris}:1"}
    assert {line["group"] for line in await lines(stage, "model")} == {
        part["model"] for part in first.trace["model"] if "request" in part
    }
    traced = sum(part["cost_micro"] for part in first.trace["model"] if "request" in part)
    assert traced / 1_000_000 == pytest.approx(today["cost"] / 2)
    assert traced > 0


async def test_a_model_without_a_price_is_named_as_such(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, database: Database, tmp_path: Path
) -> None:
    anna = await person(database, "anna")
    async with opened(server, database=database) as model:
        await AnswerQuestion(index, threshold=0.0)(QUESTION, model.for_turn(anna, 1))
    (line,) = await lines(ApiStage(tmp_path, database), "day")
    assert (line["unpriced"], line["cost"]) == (1, 0)


@pytest.mark.parametrize("cap", [{"model_user_daily_tokens": 1}, {"model_user_daily_cost": 0.000001}])
async def test_a_person_who_used_up_the_day_gets_quotes_or_a_person_and_others_go_on(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, database: Database, cap: dict[str, Any]
) -> None:
    anna, boris = await person(database, "anna"), await person(database, "boris")
    sure, doubtful = AnswerQuestion(index, threshold=0.0), AnswerQuestion(index, threshold=DOUBTFUL)
    async with opened(server, database=database, model_prices=PRICES, **cap) as model:
        await sure(QUESTION, model.for_turn(anna, 1))
        quoted = await sure(QUESTION, model.for_turn(anna, 2))
        escalated = await doubtful(QUESTION, model.for_turn(anna, 3))
        assert len(server.calls("chat")) == 1
        await sure(QUESTION, model.for_turn(boris, 1))
    assert len(server.calls("chat")) == 2
    assert (quoted.decision, bool(quoted.citations)) == ("answer", True)
    assert (escalated.decision, escalated.reason) == ("escalate", "model_unavailable")
    assert {part["failed"] for part in escalated.trace["model"] if "failed" in part} == {"person_budget"}


@pytest.mark.parametrize("cap", [{"model_daily_budget": 1}, {"model_daily_cost": 0.000001}])
async def test_what_all_used_up_holds_for_all_after_a_restart_too_and_raises_an_alert(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, database: Database, cap: dict[str, Any]
) -> None:
    anna, boris = await person(database, "anna"), await person(database, "boris")
    answer, alarms = AnswerQuestion(index, threshold=DOUBTFUL), Alarms()
    async with opened(server, database=database, model_prices=PRICES, **cap) as model:
        await answer(QUESTION, model.for_turn(anna, 1))
    async with opened(server, alarms, database=database, model_prices=PRICES, **cap) as again:
        refused = await answer(QUESTION, again.for_turn(boris, 1))
    assert len(server.calls("chat")) == 1
    assert (refused.decision, refused.reason) == ("escalate", "model_unavailable")
    assert [alarm.split(":")[0] for alarm in alarms.raised] == ["model_budget"]


async def test_the_limits_are_of_a_day(server: FakeOpenAI, index: EdgeKnowledgeIndex, database: Database) -> None:
    anna = await person(database, "anna")
    answer = AnswerQuestion(index, threshold=0.0)
    async with opened(server, database=database, model_user_daily_tokens=1) as model:
        await answer(QUESTION, model.for_turn(anna, 1))
        yesterday = datetime.now(UTC) - timedelta(days=1)
        await database.write(lambda tx: tx.execute(update(model_calls).values(created_at=yesterday)))
        assert (await database.read(lambda c: spent_today(c, anna))).tokens == 0
        await answer(QUESTION, model.for_turn(anna, 2))
    assert len(server.calls("chat")) == 2


async def test_each_stage_can_have_a_server_and_a_key_of_its_own(server: FakeOpenAI, index: EdgeKnowledgeIndex) -> None:
    async with (
        FakeOpenAI("sk-other") as other,
        opened(server, rerank="always", reranking_api_base=other.base_url, reranking_api_key="sk-other") as model,
    ):
        await AnswerQuestion(index, threshold=0.0)(QUESTION, model.for_question())
        assert [call.model for call in other.calls("chat")] == [RERANKER]
    assert [call.model for call in server.calls("chat")] == [ANSWERER]


@pytest.mark.parametrize(
    "query", [{"by": "key"}, {"since": "2026-02-30"}, {"since": "2030-01-01", "until": "2029-01-01"}]
)
async def test_what_cannot_be_summed_up_is_refused(
    sqlite_database: Database, tmp_path: Path, query: dict[str, str]
) -> None:
    async with ApiStage(tmp_path, sqlite_database).client() as client:
        answer = await client.get("/api/v1/costs", params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_a_key_for_something_else_does_not_read_costs(sqlite_database: Database, tmp_path: Path) -> None:
    stage = ApiStage(tmp_path, sqlite_database)
    async with stage.client(await stage.key("documents")) as client:
        answer: httpx.Response = await client.get("/api/v1/costs")
    assert answer.status_code == 403
