"""Passages searched by sense: indexed by one service, asked by the other, over a model behind a real server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from supportbot.answerer.domain.answer import Question
from supportbot.answerer.use_cases.answer_question import AnswerQuestion
from supportbot.common.database.transactions import Database
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.knowledge.qdrant import QdrantKnowledgeIndex
from supportbot.common.knowledge.senses import SenseSpace
from supportbot.common.models.errors import ModelQuotaError
from supportbot.indexer.adapters.embedder_opener import open_passage_embedder
from supportbot.indexer.use_cases.embed_passages import EmbedPassages
from tests.fakes.openai import FakeOpenAI
from tests.fakes.qdrant import FakeQdrant
from tests.integration.answering import QUESTION, SHOP, fill, model_settings, opened
from tests.integration.api_stage import ApiStage
from tests.integration.test_model_costs import lines, person

SMALL, LARGE = "text-embedding-3-small", "text-embedding-3-large"
OTHER = Question("How many days does delivery take to return to the city?")


@pytest.fixture(params=["edge", "qdrant"])
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[KnowledgeIndex]:
    """The shop in either index."""
    if request.param == "edge":
        edge = await EdgeKnowledgeIndex.open(tmp_path / "index")
        await fill(edge, SHOP)
        yield edge
        await edge.close()
    else:
        async with FakeQdrant(tmp_path / "server") as qdrant:
            networked = await QdrantKnowledgeIndex.open(qdrant.url, look_every_s=0)
            await fill(networked, SHOP)
            yield networked
            await networked.close()


@asynccontextmanager
async def embedding(
    server: FakeOpenAI, index: KnowledgeIndex, database: Database, model: str = SMALL, **values: Any
) -> AsyncIterator[EmbedPassages]:
    """The indexer's use case, as its service puts it together."""
    settings = model_settings(server, embedding_model=model, **values)
    found = await open_passage_embedder(settings, database)
    yield EmbedPassages(index, found.passages)
    await found.close()


def embedded(server: FakeOpenAI) -> list[int]:
    """How many texts each request had since the last look."""
    sizes = [len(call.body["input"]) for call in server.calls("embeddings")]
    server.forget()
    return sizes


async def test_passages_are_embedded_once_and_then_a_question_costs_one_text(
    server: FakeOpenAI, index: KnowledgeIndex, database: Database, tmp_path: Path
) -> None:
    async with embedding(server, index, database, model_prices=f"{SMALL}=0.02") as embed:
        assert await embed() == len(SHOP)
        assert embedded(server) == [1, len(SHOP)], "a word that shows the length, and all passages"
        assert await embed() == 0
    assert await index.sense_space() == SenseSpace(SMALL, 1536)
    async with embedding(server, index, database) as after_restart:
        assert await after_restart() == 0
    assert embedded(server) == []
    async with opened(server, database=database, embedding_model=SMALL) as model:
        answer = await AnswerQuestion(index, threshold=0.0)(QUESTION, model.for_question())
        assert embedded(server) == [1]
        await AnswerQuestion(index, threshold=0.0)(QUESTION, model.for_question())
        assert embedded(server) == [], "questions that were just asked are remembered"
    assert answer.trace["sense"]["model"] == SMALL
    assert len(answer.trace["sense"]["signs"]) == 240
    (searched,) = [stage for stage in answer.trace["stages"] if stage["stage"] == "retrieve"]
    assert all(-1.01 < one["dense"] < 1.01 for one in searched["found"])
    by_stage = {line["group"]: line for line in await lines(ApiStage(tmp_path, database), "stage")}
    assert by_stage["index"]["calls"] == 2
    assert by_stage["index"]["unpriced"] == 0
    assert by_stage["embed"]["calls"] == 1


async def test_what_only_sense_finds_is_found(server: FakeOpenAI, index: KnowledgeIndex, database: Database) -> None:
    words = Question("qqq zzz")
    async with embedding(server, index, database) as embed, opened(server, embedding_model=SMALL) as model:
        await embed()
        without = await AnswerQuestion(index, threshold=0.0)(words)
        found = await AnswerQuestion(index, threshold=0.0)(words, model.for_question())
    assert without.ranked == ()
    assert set(found.ranked) == set(map(DocumentId, SHOP))


async def test_a_text_that_was_paid_for_costs_nothing_in_another_document(
    server: FakeOpenAI, index: KnowledgeIndex, database: Database
) -> None:
    async with embedding(server, index, database) as embed:
        await embed()
        embedded(server)
        await index.remove(DocumentId("returns.md"))
        await fill(index, {"moved/returns.md": SHOP["returns.md"]})
        assert await embed() == 1
        assert embedded(server) == []
        await fill(index, {"new.md": "Lamps are sold without bulbs."})
        assert await embed() == 1
        assert embedded(server) == [1]


@pytest.mark.parametrize(("model", "dimensions"), [(LARGE, 0), (SMALL, 64)])
async def test_another_model_or_length_is_built_beside_while_the_old_one_serves(
    server: FakeOpenAI, index: KnowledgeIndex, database: Database, model: str, dimensions: int
) -> None:
    async with embedding(server, index, database) as embed:
        await embed()
    settings: dict[str, Any] = {"embedding_dimensions": dimensions}
    async with embedding(server, index, database, model, **settings) as other:
        server.fail("quota", endpoint="embeddings", contains="courier", times=100)
        with pytest.raises(ModelQuotaError):
            await other()
        server.heal()
    async with (
        embedding(server, index, database, model, **settings) as other,
        opened(server, embedding_model=model, **settings) as asking,
    ):
        answer = AnswerQuestion(index, threshold=0.0)
        assert await index.sense_space() == SenseSpace(SMALL, 1536)
        server.forget()
        await answer(QUESTION, asking.for_question())
        (question,) = server.calls("embeddings")
        assert (question.body["model"], question.body.get("dimensions")) == (SMALL, None), "by the space that serves"
        await other()
        space = await index.sense_space()
        assert space == SenseSpace(model, dimensions or 3072)
        server.forget()
        await answer(OTHER, asking.for_question())
        (question,) = server.calls("embeddings")
        assert (question.body["model"], question.body.get("dimensions")) == (model, dimensions or None)


async def test_without_embeddings_the_words_alone_are_searched(
    server: FakeOpenAI, index: KnowledgeIndex, database: Database
) -> None:
    async with embedding(server, index, database) as embed:
        await embed()
    plain = await AnswerQuestion(index, threshold=0.0)(QUESTION)
    server.fail("unauthorized", endpoint="embeddings", times=100)
    async with opened(server, embedding_model=SMALL, model_retries=0) as model:
        answer = await AnswerQuestion(index, threshold=0.0)(QUESTION, model.for_question())
    assert answer.decision == "answer"
    assert set(answer.ranked) == set(plain.ranked)
    assert {"request": "embed", "model": SMALL, "failed": "not_allowed"} in answer.trace["model"]


async def test_nobody_pays_for_vectors_while_there_are_none_to_compare_with(
    server: FakeOpenAI, index: KnowledgeIndex
) -> None:
    async with opened(server, embedding_model=SMALL) as model:
        await AnswerQuestion(index, threshold=0.0)(QUESTION, model.for_question())
    assert embedded(server) == []


async def test_embeddings_can_have_a_server_of_their_own(
    server: FakeOpenAI, index: KnowledgeIndex, database: Database
) -> None:
    async with FakeOpenAI("sk-other") as other:
        own: dict[str, Any] = {"embedding_api_base": other.base_url, "embedding_api_key": "sk-other"}
        async with embedding(server, index, database, **own) as embed:
            await embed()
        async with opened(server, embedding_model=SMALL, **own) as model:
            await AnswerQuestion(index, threshold=0.0)(QUESTION, model.for_question())
        assert other.calls("embeddings")
    assert not server.calls("embeddings")
    assert server.calls("chat")


async def test_who_used_up_the_day_costs_no_embeddings_either(
    server: FakeOpenAI, index: KnowledgeIndex, sqlite_database: Database
) -> None:
    async with embedding(server, index, sqlite_database) as embed:
        await embed()
    embedded(server)
    anna = await person(sqlite_database, "anna")
    caps: dict[str, Any] = {"embedding_model": SMALL, "model_user_daily_tokens": 1, "model_daily_budget": 100_000}
    async with opened(server, database=sqlite_database, **caps) as model:
        await AnswerQuestion(index, threshold=0.0)(QUESTION, model.for_turn(anna, 1))
        assert embedded(server), "what documents cost is nobody's share"
        await AnswerQuestion(index, threshold=0.0)(OTHER, model.for_turn(anna, 2))
        assert embedded(server) == []
