"""How often a model is asked on the sample's questions, with the settings as they are, and what that costs."""

import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from supportbot.answerer.adapters.model_opener import open_model
from supportbot.answerer.domain.answer import Answer
from supportbot.answerer.evaluation.run import ask
from supportbot.answerer.evaluation.sets import SetQuestion, read_lines
from supportbot.answerer.settings import AnswererSettings
from supportbot.answerer.use_cases.answer_question import AnswerQuestion
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from supportbot.indexer.adapters.formats import read_document
from supportbot.indexer.domain.chunking import chunk_parsed
from supportbot.standalone.sample_centre import sample_folder
from tests.bench.figures import Figure
from tests.fakes.openai import KEY, FakeOpenAI

ANSWERER = "gpt-4.1-mini"


@dataclass
class Asked:
    """What came of all questions."""

    answers: list[Answer] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    """Chat completions by stage."""
    tokens: int = 0
    stage_ms: dict[str, list[float]] = field(default_factory=dict)

    @property
    def answered(self) -> int:
        return sum(answer.decision == "answer" for answer in self.answers)

    @property
    def calls_per_answered(self) -> float:
        """Chat completions that an answered question cost."""
        return sum(len(_requests(answer)) for answer in self.answers if answer.decision == "answer") / self.answered


async def ask_all() -> Asked:
    """Ask every question of the sample's set of a fresh index over its articles."""
    asked = Asked()
    async with FakeOpenAI() as server:
        settings = AnswererSettings(
            _env_file=None, openai_api_key=KEY, openai_api_base=server.base_url, openai_model=ANSWERER
        )
        model = await open_model(settings, _no_alarm)
        assert model is not None
        with tempfile.TemporaryDirectory() as folder:
            index = await _indexed(Path(folder))
            answer = AnswerQuestion(index, threshold=settings.confidence_threshold)
            for question in read_lines(sample_folder() / "questions.jsonl", SetQuestion):
                found, _ = await ask(answer, question, model.for_question())
                _note(asked, found)
            await index.close()
        await model.close()
        asked.tokens = sum(server.tokens().values())
        assert asked.calls.total() == len(server.calls("chat")), "the trace tells of every call"
    return asked


async def measure() -> AsyncIterator[Figure]:
    """The figures."""
    asked = await ask_all()
    yield Figure("chat completions per answered question", asked.calls_per_answered, "calls", 1.3)
    yield Figure(
        "chat completions per question, whatever came of it", asked.calls.total() / len(asked.answers), "calls"
    )
    yield Figure("tokens per answered question", asked.tokens / asked.answered, "tokens", None)
    for stage, taken in asked.stage_ms.items():
        yield Figure(f"stage {stage}, p50", sorted(taken)[len(taken) // 2], "ms", None)


async def _indexed(folder: Path) -> EdgeKnowledgeIndex:
    index = await EdgeKnowledgeIndex.open(folder)
    for file in sorted(sample_folder().glob("*/*.md")):
        document = DocumentId(file.relative_to(sample_folder()).as_posix())
        await index.replace(document, "1", chunk_parsed(document, read_document(document, file.read_bytes())))
    return index


def _note(asked: Asked, answer: Answer) -> None:
    asked.answers.append(answer)
    asked.calls.update(_requests(answer))
    for stage in answer.trace.get("stages", ()):
        asked.stage_ms.setdefault(stage["stage"], []).append(stage["ms"])


def _requests(answer: Answer) -> list[str]:
    """The stages in which a model replied."""
    return [str(part["request"]) for part in answer.trace.get("model", ()) if "prompt_tokens" in part]


async def _no_alarm(kind: str, severity: Literal["warning", "critical"], text: str) -> bool:
    return True
