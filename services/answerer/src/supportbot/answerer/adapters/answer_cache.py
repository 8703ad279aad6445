"""Answers of a model that are given again: to the same question, from the same documents, with the same settings."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.answerer.domain import prompts
from supportbot.answerer.domain.answer import Answer, Question
from supportbot.answerer.domain.query import read_question
from supportbot.answerer.domain.recalibration import Recalibration
from supportbot.answerer.settings import AnswererSettings
from supportbot.common.cache.port import Cache
from supportbot.common.database.clock import now
from supportbot.common.database.schema.tables import documents
from supportbot.common.database.transactions import Database
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.settings import CommonSettings
from supportbot.common.telemetry.metrics import ANSWERS_REPEATED

KEPT_S: Final = 24 * 3600.0
PREFIX: Final = "answer:"
_answer: Final = TypeAdapter(Answer)
LEAVE_ANSWERS_AS_THEY_ARE: Final = frozenset(
    {
        *("answer_cache", "answer_concurrency", "answer_streaming", "machine_answers"),
        *("model_concurrency", "model_prices", "model_retries", "model_timeout"),
        *("rewrite_timeout", "reranking_timeout", "embedding_timeout"),
        *("model_daily_budget", "model_daily_cost", "model_user_daily_tokens", "model_user_daily_cost"),
        *("openai_api_key", "rewrite_api_key", "reranking_api_key", "embedding_api_key", "context_api_key"),
    }
)
"""Settings of models and answers that say how much, how long and who pays. A kept answer depends on all others."""
_DECIDE: Final = frozenset(AnswererSettings.model_fields) - set(CommonSettings.model_fields) - LEAVE_ANSWERS_AS_THEY_ARE
"""The threshold is among them, and in the key once more as it holds: administrators change it in between."""
_c = documents.c


class AnswerCache:
    """Keeps answers by everything that they depend on. Nothing of one conversation gets into another's answer."""

    def __init__(self, cache: Cache, database: Database, index: KnowledgeIndex, settings: AnswererSettings) -> None:
        self._cache = cache
        self._database = database
        self._index = index
        self._synonyms = settings.synonyms_path
        self._wanted = settings.model_dump_json(include=set(_DECIDE))
        self._embeds = settings.has_embeddings

    async def key(self, question: Question, recalibration: Recalibration, threshold: float) -> str | None:
        """What the answer is kept under; None where it leans on what was said before, or documents are changing."""
        if question.history and read_question(question).follow_up:
            return None
        knowledge = await self._database.read(_knowledge_version)
        if knowledge is None:
            return None
        space = await self._index.sense_space() if self._embeds else None
        words = _last_change(self._synonyms)
        text = " ".join(question.text.split())
        asked = (question.language_hint, text)
        parts = (prompts.VERSION, self._wanted, knowledge, space, words, recalibration, threshold, *asked)
        return PREFIX + hashlib.sha256("\n".join(map(str, parts)).encode("utf-8", "replace")).hexdigest()

    async def get(self, key: str) -> Answer | None:
        """The answer that was given before, marked so; it costs nothing now."""
        found = await self._cache.get(key)
        try:
            answer = None if found is None else _answer.validate_json(found)
        except ValueError:
            return None  # of another version of ours
        if answer is None:
            return None
        ANSWERS_REPEATED.inc()
        return replace(answer, trace={**answer.trace, "model": [], "repeated": True})

    async def keep(self, key: str, answer: Answer) -> None:
        """Only answers that a model gave: who was handed over, or got a quote instead, may fare better next time."""
        calls = answer.trace.get("model") or ()
        if answer.decision == "answer" and calls and not any("failed" in call for call in calls):
            await self._cache.set(key, _answer.dump_json(answer), KEPT_S)


def _last_change(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


async def _knowledge_version(connection: AsyncConnection) -> str | None:
    """Changes with every change of what is searched: a document that comes gets a later moment than all before it.

    None while one is on its way: then what is found may be the old or the new.
    """
    changing = func.sum(case((_c.state.in_(("waiting", "removing")) | _c.access_due, 1), else_=0))
    serving = _c.indexed_version.is_not(None)
    expired = func.sum(case((_c.expires_at <= now(), 1), else_=0))
    wanted = select(
        func.count(), func.sum(_c.passages), func.max(_c.indexed_at), func.sum(_c.revision), expired, changing
    )
    row = (await connection.execute(wanted.where(serving | _c.state.in_(("waiting", "removing"))))).one()
    return None if row[5] else ":".join(map(str, row[:5]))
