"""Ask a question set of a fresh index over its documents, through the code that answers users."""

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from supportbot.answerer.domain.answer import Answer, HistoryTurn, Question
from supportbot.answerer.evaluation.sets import Prediction, SetDocument, SetQuestion, read_lines, write_lines
from supportbot.answerer.ports import AnswerModel
from supportbot.answerer.use_cases.answer_question import AnswerQuestion
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.port import KnowledgeIndex

Chunk = Callable[[DocumentId, str, str], Sequence[Passage]]
"""Cuts a document, given as id, title and text, into passages: the indexer's own way of doing it."""
Answerer = Callable[[KnowledgeIndex], AnswerQuestion]
Prepare = Callable[[KnowledgeIndex], Awaitable[None]]
"""What is done to the filled index before anything is asked."""
ModelFor = Callable[[], AnswerModel | None]
"""The model for one question, with a budget of its own; None where none is asked."""
_RETRIEVAL = frozenset({"understand", "retrieve"})


async def run(
    documents: Path, questions: Path, out: Path, *, chunk: Chunk, answerer: Answerer, model: ModelFor = lambda: None
) -> int:
    """Write a prediction for every question; their number is returned. The index lives as long as the call."""
    asked = read_lines(questions, SetQuestion)
    found = await predict(asked, documents, chunk=chunk, answerer=answerer, model=model)
    write_lines(out, [one.model_dump(exclude_none=True) for one in found])
    return len(asked)


async def predict(
    asked: Sequence[SetQuestion],
    documents: Path,
    *,
    chunk: Chunk,
    answerer: Answerer,
    model: ModelFor,
    prepare: Prepare | None = None,
) -> list[Prediction]:
    """What is answered to every question of a set."""
    with TemporaryDirectory(prefix="supportbot-eval-") as folder:
        index = await EdgeKnowledgeIndex.open(Path(folder))
        try:
            await fill(index, read_lines(documents, SetDocument), chunk)
            if prepare is not None:
                await prepare(index)
            answer = answerer(index)
            return [prediction(question, *await ask(answer, question, model())) for question in asked]
        finally:
            await index.close()


async def fill(index: KnowledgeIndex, documents: Iterable[SetDocument], chunk: Chunk) -> None:
    """Index the documents of a set."""
    for document in documents:
        name = DocumentId(document.id)
        await index.replace(name, "1", chunk(name, document.title, document.text))


async def ask(answer: AnswerQuestion, question: SetQuestion, model: AnswerModel | None = None) -> tuple[Answer, float]:
    """The answer to one question, and the milliseconds that it took."""
    history = tuple(HistoryTurn(turn.role, turn.text) for turn in question.history)
    begun = time.perf_counter()
    answered = await answer(Question(question.text, history), model)
    return answered, (time.perf_counter() - begun) * 1000


def prediction(question: SetQuestion, answered: Answer, taken_ms: float) -> Prediction:
    """What the scorer wants to know of an answer; an escalation's draft counts as its answer, unseen by the user."""
    stages = answered.trace.get("stages", ())
    return Prediction(
        id=question.id,
        ranked=answered.ranked,
        confidence=answered.confidence,
        decision="answer" if answered.decision == "answer" else "escalate",
        answer=answered.text,
        citations=tuple(dict.fromkeys(citation.document for citation in answered.citations)),
        retrieval_ms=round(sum(stage["ms"] for stage in stages if stage["stage"] in _RETRIEVAL), 3),
        total_ms=round(taken_ms, 3),
    )
