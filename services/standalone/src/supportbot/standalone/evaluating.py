"""Running question sets with whatever settings, on sets of documents or on one's own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from dotenv import dotenv_values
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.answerer.adapters.model_opener import open_model
from supportbot.answerer.answering import open_answering
from supportbot.answerer.evaluation.compare import Comparison, compare
from supportbot.answerer.evaluation.run import predict
from supportbot.answerer.evaluation.sets import Prediction, SetQuestion, read_lines, read_scorable, write_lines
from supportbot.common.database.opener import COMMAND, open_database
from supportbot.common.database.schema.learning_tables import faq_entries, faq_questions
from supportbot.common.errors import SupportbotError
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.settings import load_settings
from supportbot.common.telemetry.logging import logger
from supportbot.indexer.adapters.embedder_opener import open_passage_embedder
from supportbot.indexer.adapters.paid_contexts import PaidContexts
from supportbot.indexer.domain.chunking import chunk_document
from supportbot.indexer.use_cases.add_contexts import AddContexts
from supportbot.indexer.use_cases.embed_passages import EmbedPassages
from supportbot.standalone.asking import ask_once
from supportbot.standalone.settings import StandaloneSettings

_MOST_PASSAGES = 10_000
_log = logger(__name__)


class NothingToCompareError(SupportbotError):
    """What was given does not make two sides that can be compared."""


async def _log_alarm(kind: str, severity: Literal["warning", "critical"], text: str) -> bool:
    _log.warning("Alert", kind=kind, severity=severity, text=text)
    return True


async def predicted(documents: Path, questions: Path, settings: StandaloneSettings) -> list[Prediction]:
    """What these settings answer to a set, with a model where they name one."""
    asked = read_lines(questions, SetQuestion)
    model = await open_model(settings, _log_alarm)
    try:
        return await predict(
            asked,
            documents,
            chunk=chunk_document,
            answerer=lambda index: open_answering(index, settings),
            model=model.for_question if model else lambda: None,
            prepare=lambda index: _prepare(index, settings),
        )
    finally:
        if model is not None:
            await model.close()


async def _prepare(index: KnowledgeIndex, settings: StandaloneSettings) -> None:
    """Let the passages be searched by contexts and by sense where the settings name models for that."""
    if settings.has_contexts:
        contexts = PaidContexts(settings, None, _log_alarm)
        add = AddContexts(contexts, settings.context_model)
        for document, version in (await index.versions()).items():
            placed = await add.written(await index.neighbours(document, range(_MOST_PASSAGES)))
            await index.replace(document, version, placed.passages)
        await contexts.close()
    if settings.has_embeddings:
        opened = await open_passage_embedder(settings, None, _log_alarm)
        await EmbedPassages(index, opened.passages)()
        await opened.close()


async def ask_company(settings: StandaloneSettings, questions: Path, out: Path) -> int:
    """Ask the reviewed questions of the process that runs, or of the documents where none does."""
    reviewed = await _reviewed(settings)
    write_lines(questions, [one.model_dump(mode="json") for one in reviewed])
    found = [_prediction(one, await ask_once(settings, one.text)) for one in reviewed]
    write_lines(out, [one.model_dump(exclude_none=True) for one in found])
    return len(found)


async def compared(
    before: Path, after: Path, *, questions: Path, documents: Path | None, changes: Path | None
) -> Comparison:
    """Compare two sides; raises NothingToCompareError where one cannot be had."""
    asked = read_scorable(questions)
    sides = [await _side(file, questions, documents) for file in (before, after)]
    found = compare(asked, sides[0], sides[1])
    if changes is not None:
        write_lines(changes, found.changed)
    return found


async def _side(file: Path, questions: Path, documents: Path | None) -> Sequence[Prediction]:
    if file.suffix == ".jsonl":
        return read_lines(file, Prediction)
    if documents is None:
        raise NothingToCompareError(f"{file} holds settings, so --documents is needed to run them")
    values = {name.lower(): value for name, value in dotenv_values(file).items() if value is not None}
    return await predicted(documents, questions, load_settings(StandaloneSettings, **values))


async def _reviewed(settings: StandaloneSettings) -> list[SetQuestion]:
    q, e = faq_questions.c, faq_entries.c
    wanted = select(q.id, q.text, e.document).join(faq_entries, e.id == q.entry_id).order_by(q.id)

    async def look(connection: AsyncConnection) -> list[SetQuestion]:
        rows = await connection.execute(wanted)
        return [SetQuestion(id=str(row.id), text=row.text, gold=(row.document,)) for row in rows]

    database = await open_database(settings, COMMAND)
    try:
        return await database.read(look)
    finally:
        await database.close()


def _prediction(question: SetQuestion, shape: dict[str, object]) -> Prediction:
    fields = {name: shape[name] for name in ("decision", "answer", "confidence", "ranked")}
    return Prediction.model_validate({"id": question.id, **fields})
