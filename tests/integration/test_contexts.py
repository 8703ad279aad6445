"""Contexts of passages, from the settings to what is found: paid for once, done without where no model can be asked."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from supportbot.answerer.domain.answer import Question
from supportbot.answerer.use_cases.answer_question import AnswerQuestion
from supportbot.common.database.transactions import Database
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.knowledge.senses import SenseSpace
from supportbot.standalone.evaluating import predicted
from supportbot.standalone.settings import StandaloneSettings
from tests.fakes.openai import FakeOpenAI
from tests.integration.answering import model_settings
from tests.integration.api_stage import ApiStage
from tests.integration.indexing import Bench, eventually
from tests.integration.test_model_costs import lines

WRITER = "gpt-4.1-mini"
LAMP = "# Lamp\n\n## Price\n\nIt costs 30 euros.\n\n## Weight\n\n" + "It weighs 2 kg. " * 20
PASSAGES = 2
SAID = json.dumps({"context": "About the Zwolle luminaire."})


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as fake:
        fake.answer_with(SAID, times=None)
        yield fake


def bench_with(folder: Path, database: Database, server: FakeOpenAI, **values: Any) -> Bench:
    bench = Bench(folder, database)
    bench.models = model_settings(server, context_model=WRITER, **values)
    return bench


async def contexts(index: KnowledgeIndex) -> set[str]:
    return {one.context for one in await index.neighbours(DocumentId("lamp.md"), range(10))}


async def test_passages_are_found_by_contexts_that_are_paid_for_once(
    server: FakeOpenAI, database: Database, tmp_path: Path
) -> None:
    bench = bench_with(tmp_path, database, server, model_prices=f"{WRITER}=1/2")
    bench.put("lamp.md", LAMP)
    async with bench.running() as (service, index):
        await service.until_settled()
        assert len(await index.neighbours(DocumentId("lamp.md"), range(10))) == PASSAGES
        assert await contexts(index) == {"About the Zwolle luminaire."}
        answer = await AnswerQuestion(index, threshold=0.0)(Question("the Zwolle luminaire price"))
        assert answer.ranked == (DocumentId("lamp.md"),)
        assert "Zwolle" not in answer.text, "a model's words are searched, not quoted"
    assert len(server.calls("chat")) == PASSAGES
    async with bench.running() as (service, index):
        await service.until_settled()
        assert await contexts(index) == {"About the Zwolle luminaire."}
    assert len(server.calls("chat")) == PASSAGES
    (paid,) = await lines(ApiStage(tmp_path, database), "stage")
    assert (paid["group"], paid["calls"], paid["unpriced"]) == ("context", PASSAGES, 0)


async def test_they_come_and_go_with_the_setting(server: FakeOpenAI, database: Database, tmp_path: Path) -> None:
    bench = bench_with(tmp_path, database, server)
    wanted, bench.models = bench.models, None
    bench.put("lamp.md", LAMP)
    for models, expected in ((None, ""), (wanted, "About the Zwolle luminaire."), (None, "")):
        bench.models = models
        async with bench.running() as (service, index):
            await service.until_settled()
            assert await contexts(index) == {expected}


async def test_while_no_model_can_be_asked_documents_are_searched_without(
    server: FakeOpenAI, database: Database, tmp_path: Path
) -> None:
    bench = bench_with(tmp_path, database, server)
    bench.put("lamp.md", LAMP)
    server.fail("quota", endpoint="chat", times=100)
    async with bench.running() as (service, index):
        assert (await service.until_settled()).ready == 1
        assert await contexts(index) == {""}
    server.heal()
    server.answer_with(SAID, times=None)
    async with bench.running() as (service, index):
        await service.until_settled()
        assert await contexts(index) == {"About the Zwolle luminaire."}, "tried again as the index is out of date"


async def test_vectors_are_of_passages_with_their_contexts(
    server: FakeOpenAI, database: Database, tmp_path: Path
) -> None:
    bench = bench_with(tmp_path, database, server, embedding_model="text-embedding-3-small")
    bench.put("lamp.md", LAMP)
    async with bench.running() as (service, index):
        await service.until_settled()
    async with bench.running() as (service, index):  # what was left without vectors gets them at a start

        async def embedded() -> bool:
            missing = await index.without_sense(DocumentId("lamp.md"), SenseSpace("text-embedding-3-small", 1536))
            return not missing and await index.sense_space() is not None

        await eventually(embedded)
    texts = [text for call in server.calls("embeddings") for text in call.body["input"]]
    assert sum("About the Zwolle luminaire." in text for text in texts) == PASSAGES


async def test_an_evaluation_searches_as_the_settings_say(server: FakeOpenAI, tmp_path: Path) -> None:
    text = "It costs 30 euros. " * 40 + "\n\n" + "It weighs 2 kg. " * 60
    documents, questions = tmp_path / "documents.jsonl", tmp_path / "questions.jsonl"
    documents.write_text(json.dumps({"id": "lamp", "title": "Lamp", "text": text}))
    questions.write_text(json.dumps({"id": "1", "text": "What of the Zwolle luminaire?", "gold": ["lamp"]}))
    given = model_settings(server, context_model=WRITER, embedding_model="text-embedding-3-small").model_dump()
    found = await predicted(documents, questions, StandaloneSettings(_env_file=None, **given))
    assert found[0].ranked == ("lamp",)
    embedded = [text for call in server.calls("embeddings") for text in call.body["input"]]
    assert any("About the Zwolle luminaire." in text for text in embedded)
    assert "What of the Zwolle luminaire?" in embedded
