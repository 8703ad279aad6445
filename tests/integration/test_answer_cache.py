"""The same question again costs nothing, as long as documents and settings are the same."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from supportbot.answerer import app as answerer
from supportbot.answerer.adapters import chosen_threshold
from supportbot.answerer.adapters.answer_cache import LEAVE_ANSWERS_AS_THEY_ARE
from supportbot.answerer.domain.answer import Answer, HistoryTurn, Question
from supportbot.answerer.service import AnswererService
from supportbot.answerer.settings import AnswererSettings
from supportbot.answerer.use_cases.answer_question import AnswerQuestion
from supportbot.common.bus.local import LocalBus
from supportbot.common.cache.memory import MemoryCache
from supportbot.common.contracts import Event
from supportbot.common.database.chosen_settings import THRESHOLD, choose, leave_to_environment
from supportbot.common.database.chosen_settings import chosen_threshold as read_threshold
from supportbot.common.database.clock import now
from supportbot.common.database.documents import receive_upload
from supportbot.common.database.schema.tables import documents
from supportbot.common.database.transactions import Database
from supportbot.common.database.turns import Turn
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from tests.fakes.openai import FakeOpenAI
from tests.integration.answering import QUESTION, model_settings
from tests.integration.test_model_costs import person


class Shop:
    """The answerer as it runs, asked by one person after the other."""

    def __init__(self, service: AnswererService, database: Database, server: FakeOpenAI) -> None:
        self.service = service
        self.database = database
        self.server = server
        self._turns = 0

    async def ask(self, question: Question = QUESTION) -> tuple[Answer, int]:
        """The answer, and how many requests it cost."""
        before = len(self.server.calls("chat"))
        self._turns += 1
        turn = Turn(await person(self.database, str(uuid4())), uuid4(), "web", "en", self._turns - 1, self._turns, 1)
        answer = await self.service.parts.turns(turn, question)
        return answer, len(self.server.calls("chat")) - before


@asynccontextmanager
async def shop(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, database: Database, cache: MemoryCache, **values: Any
) -> AsyncIterator[Shop]:
    settings = model_settings(server, confidence_threshold=0.5, **values)
    service = answerer.build(answerer.Dependencies(database, LocalBus(), index, settings, cache))
    await service.start()
    try:
        yield Shop(service, database, server)
    finally:
        await service.stop()


async def test_the_same_question_is_answered_again_for_nothing_by_whoever_shares_the_cache(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, database: Database
) -> None:
    cache = MemoryCache()
    async with shop(server, index, database, cache) as one:
        first, cost = await one.ask()
        assert (first.decision, cost) == ("answer", 1)
    async with shop(server, index, database, cache) as another:
        again, cost = await another.ask(Question(f"  {QUESTION.text}\n"))
        assert (again.text, again.citations, cost) == (first.text, first.citations, 0)
        assert again.trace["repeated"] is True
        assert again.trace["model"] == []
        other, cost = await another.ask(Question(f"{QUESTION.text} Please?"))
        assert (other.decision, cost) == ("answer", 1)


async def test_what_was_quoted_while_the_model_was_away_is_not_given_again(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, sqlite_database: Database
) -> None:
    cache = MemoryCache()
    server.fail("server_error", times=3)
    async with shop(server, index, sqlite_database, cache) as one:
        quoted, _ = await one.ask()
        assert quoted.decision == "answer"
        assert any("failed" in call for call in quoted.trace["model"])
    async with shop(server, index, sqlite_database, cache) as another:
        written, cost = await another.ask()
        assert cost > 0
        assert "repeated" not in written.trace


async def test_a_question_that_leans_on_what_was_said_is_answered_anew(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, sqlite_database: Database
) -> None:
    leaning = Question("And how long is it valid?", (HistoryTurn("user", "Do you sell gift cards?"),))
    async with shop(server, index, sqlite_database, MemoryCache()) as one:
        assert [(await one.ask(leaning))[1] > 0 for _ in range(2)] == [True, True]


async def test_other_documents_or_settings_are_another_answer(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, database: Database
) -> None:
    cache, name = MemoryCache(), DocumentId("~uploads/new.md")
    async with shop(server, index, database, cache) as one:
        await one.ask()
        assert (await one.ask())[1] == 0
        await database.write(lambda tx: receive_upload(tx, name, digest="d", size=1))
        assert [(await one.ask())[1] for _ in range(2)] == [1, 1], "nothing is kept while a document is on its way"
        ready = {"state": "ready", "indexed_version": "d", "indexed_at": now(), "passages": 3}
        await database.write(lambda tx: tx.execute(update(documents).values(ready)))
        assert [(await one.ask())[1] for _ in range(2)] == [1, 0]
    for values in ({"model_tone": "formal"}, {"openai_model": "gpt-4.1"}, {"model_mask_personal_data": True}):
        async with shop(server, index, database, cache, **values) as another:
            assert (await another.ask())[1] == 1
    async with shop(server, index, database, cache, answer_cache=False) as without:
        assert (await without.ask())[1] == 1


async def test_another_threshold_is_another_answer_and_the_one_of_before_comes_back_with_it(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, database: Database
) -> None:
    async with shop(server, index, database, MemoryCache()) as one:
        taken = one.service.parts.threshold
        assert [(await one.ask())[1] for _ in range(2)] == [1, 0]
        await database.write(lambda tx: choose(tx, THRESHOLD, 0.4, by="anna"))
        await taken.take()
        assert [(await one.ask())[1] for _ in range(2)] == [1, 0]
        await database.write(lambda tx: choose(tx, THRESHOLD, 1.0, by="anna"))
        await taken.take()
        assert (await one.ask())[0].decision == "escalate", "what is kept was sure enough for another threshold"
        await database.write(lambda tx: leave_to_environment(tx, THRESHOLD))
        await taken.take()
        again, cost = await one.ask()
        assert (again.decision, cost) == ("answer", 0)


async def test_an_answerer_takes_another_threshold_up_when_it_hears_of_it(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chosen_threshold, "EVERY_S", 3600.0)
    bus = LocalBus()
    settings = model_settings(server, confidence_threshold=0.5)
    answer = AnswerQuestion(index, threshold=settings.confidence_threshold)
    taking = chosen_threshold.ChosenThreshold(sqlite_database, bus, answer)
    told: list[Event] = []
    sqlite_database.after_commit(told.extend)
    loop = asyncio.create_task(taking.take_forever())
    await asyncio.sleep(0)
    await sqlite_database.write(lambda tx: choose(tx, THRESHOLD, 0.25, by="anna"))
    (event,) = told
    await bus.publish(event)
    async with asyncio.timeout(5):
        while answer.threshold != 0.25:  # noqa: ASYNC110  # what changes is a plain number
            await asyncio.sleep(0.01)
    loop.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await loop


@pytest.mark.parametrize("value", ["0.5", True, -0.1, 1.5, None, {"a": 1}])
async def test_what_is_no_threshold_leaves_the_environments(sqlite_database: Database, value: object) -> None:
    await sqlite_database.write(lambda tx: choose(tx, THRESHOLD, value, by="anna"))
    assert await sqlite_database.read(read_threshold) is None


async def test_other_words_for_the_same_thing_are_another_answer(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, database: Database, tmp_path: Path
) -> None:
    words = tmp_path / "synonyms.txt"
    async with shop(server, index, database, MemoryCache(), synonyms_path=words) as one:
        await one.ask()
        assert (await one.ask())[1] == 0
        words.write_text("refund, money back\n", encoding="utf-8")
        assert [(await one.ask())[1] for _ in range(2)] == [1, 0]


def test_each_setting_that_leaves_answers_as_they_are_is_one() -> None:
    assert set(AnswererSettings.model_fields) >= LEAVE_ANSWERS_AS_THEY_ARE
