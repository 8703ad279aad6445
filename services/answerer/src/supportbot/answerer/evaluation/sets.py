"""Question sets and predictions as JSON lines."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from supportbot.common.errors import SupportbotError


class UnreadableSetError(SupportbotError):
    """A line of a question set or of predictions that cannot be used."""

    def __init__(self, file: Path, line: int, problem: str) -> None:
        super().__init__(f"{file}, line {line}: {problem}; correct that line and run again")
        self.file = file
        self.line = line


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SetDocument(_Line):
    """A document; a language in the file is ignored, as users do not tell one either."""

    id: str
    title: str = ""
    text: str


class Said(_Line):
    """An earlier turn of the conversation."""

    role: Literal["user", "assistant"]
    text: str


class SetQuestion(_Line):
    """A question; what is known about its answer is used by scoring alone."""

    id: str
    text: str
    history: tuple[Said, ...] = ()
    gold: tuple[str, ...] = ()
    answerable: bool = True
    spans: tuple[str, ...] = ()


class Prediction(_Line):
    """What was answered to one question."""

    id: str
    ranked: tuple[str, ...] = ()
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.0
    decision: Literal["answer", "escalate"] = "escalate"
    answer: str = ""
    citations: tuple[str, ...] = ()
    retrieval_ms: float | None = None
    total_ms: float | None = None


_L = TypeVar("_L", bound=_Line)


def read_lines(file: Path, kind: type[_L]) -> list[_L]:
    """All lines of a file; raises UnreadableSetError with the number of the first bad one."""
    return [line for _, line in _parsed(file, kind)]


def read_scorable(file: Path) -> list[SetQuestion]:
    """All questions of a set; raises UnreadableSetError where nothing could be measured by one, or none is there."""
    questions = []
    for number, question in _parsed(file, SetQuestion):
        if question.answerable and not question.gold:
            problem = 'gold: names no document; name those that answer, or set "answerable": false'
            raise UnreadableSetError(file, number, problem)
        questions.append(question)
    if not questions:
        raise UnreadableSetError(file, 1, "there is no question in the file")
    return questions


def write_lines(file: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """One JSON object a line."""
    with file.open("w", encoding="utf-8") as opened:
        for line in lines:
            opened.write(json.dumps(line, ensure_ascii=False) + "\n")


def _parsed(file: Path, kind: type[_L]) -> Iterator[tuple[int, _L]]:
    """Each line that is not blank, with its number."""
    with file.open("rb") as opened:  # the parser names bytes that are no text, with the line
        for number, line in enumerate(opened, 1):
            if line.strip():
                try:
                    yield number, kind.model_validate_json(line)
                except ValidationError as error:
                    first = error.errors(include_url=False)[0]
                    place = ".".join(map(str, first["loc"])) or "the line"
                    raise UnreadableSetError(file, number, f"{place}: {first['msg']}") from None
