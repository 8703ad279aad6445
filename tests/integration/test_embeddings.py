"""Embeddings of found passages: each paid for once, kept over restarts, and done without where they fail."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from supportbot.answerer.domain.answer import Question
from supportbot.answerer.use_cases.answer_question import AnswerQuestion
from supportbot.common.database.transactions import Database
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from tests.fakes.openai import FakeOpenAI
from tests.integration.answering import QUESTION, opened, shop_index
from tests.integration.api_stage import ApiStage
from tests.integration.test_model_costs import lines, person

SMALL, LARGE = "text-embedding-3-small", "text-embedding-3-large"
OTHER = Question("How many days does delivery take to return to the city?")


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as fake:
        yield fake


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[EdgeKnowledgeIndex]:
    async with shop_index(tmp_path / "index") as found:
        yield found


def embedded(server: FakeOpenAI) -> list[int]:
    """How many texts each request had since the last look."""
    sizes = [len(call.body["input"]) for call in server.calls("embeddings")]
    server.forget()
    return sizes


async def test_a_passage_is_paid_for_once_and_a_question_while_it_is_remembered(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, database: Database, tmp_path: Path
) -> None:
    answer = AnswerQuestion(index, threshold=0.0)
    async with opened(server, database=database, embedding_model=SMALL, model_prices=f"{SMALL}=0.02") as model:
        first = await answer(QUESTION, model.for_question())
        found = len([part for part in first.trace["model"] if "embedded" in part])
        assert found == 1
        passages, question = embedded(server)
        assert (passages > 1, question) == (True, 1)
        await answer(QUESTION, model.for_question())
        assert embedded(server) == []
    async with opened(server, database=database, embedding_model=SMALL) as again:
        await answer(QUESTION, again.for_question())
        assert embedded(server) == [1], "after a restart only the question"
    async with opened(server, database=database, embedding_model=LARGE) as other:
        await answer(QUESTION, other.for_question())
        assert embedded(server) == [passages, 1], "vectors of another model are of no use"
    by_stage = {line["group"]: line for line in await lines(ApiStage(tmp_path, database), "stage")}
    assert by_stage["embed"]["calls"] == 5
    assert by_stage["embed"]["unpriced"] == 3


async def test_without_embeddings_the_order_of_words_stands(server: FakeOpenAI, index: EdgeKnowledgeIndex) -> None:
    plain = await AnswerQuestion(index, threshold=0.0)(QUESTION)
    server.fail("server_error", endpoint="embeddings", times=100)
    async with opened(server, embedding_model=SMALL, model_retries=0) as model:
        answer = await AnswerQuestion(index, threshold=0.0)(QUESTION, model.for_question())
    assert answer.decision == "answer"
    assert answer.ranked == plain.ranked
    assert {"request": "embed", "failed": "failing"} in answer.trace["model"]


async def test_embeddings_can_have_a_server_of_their_own(server: FakeOpenAI, index: EdgeKnowledgeIndex) -> None:
    async with (
        FakeOpenAI("sk-other") as other,
        opened(server, embedding_model=SMALL, embedding_api_base=other.base_url, embedding_api_key="sk-other") as model,
    ):
        await AnswerQuestion(index, threshold=0.0)(QUESTION, model.for_question())
        assert other.calls("embeddings")
    assert not server.calls("embeddings")
    assert server.calls("chat")


async def test_who_used_up_the_day_costs_no_embeddings_either(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, sqlite_database: Database
) -> None:
    anna = await person(sqlite_database, "anna")
    caps: dict[str, Any] = {"embedding_model": SMALL, "model_user_daily_tokens": 1}
    async with opened(server, database=sqlite_database, **caps) as model:
        await AnswerQuestion(index, threshold=0.0)(QUESTION, model.for_turn(anna, 1))
        assert embedded(server)
        await AnswerQuestion(index, threshold=0.0)(OTHER, model.for_turn(anna, 2))
        assert embedded(server) == []
