"""What a model said, read as what was asked for, or refused."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from supportbot.answerer.domain.markup import plain
from supportbot.common.models.errors import ModelOutputError
from supportbot.common.models.request import Completion

_MOST_SENTENCES: Final = 40
_MOST_CHARACTERS: Final = 6000
_MARKS: Final = re.compile(r"\s*[\[【]\s*\d(?:\s*,\s*\d)*\s*[\]】]")
"""As many passages as have one digit are ever shown; a longer number in brackets belongs to the text."""
_THOUGHTS: Final = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_FINISHED: Final = frozenset({"stop", "eos", "end_turn", ""})
_Number = Annotated[int, Field(strict=True)]


@dataclass(frozen=True, slots=True)
class ComposedSentence:
    """A sentence and the numbers, counted from 1, of the passages it is said to rest on."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ComposedAnswer:
    """An answer as a model made it; nothing of it is checked yet."""

    answerable: bool
    complete: bool
    sentences: tuple[ComposedSentence, ...]

    def with_texts(self, changed: Callable[[str], str]) -> "ComposedAnswer":
        """The same with every sentence's text changed."""
        return replace(self, sentences=tuple(replace(one, text=changed(one.text)) for one in self.sentences))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _Sentence(_Strict):
    text: str
    citations: list[_Number] = Field(max_length=50)


class _Answer(_Strict):
    answerable: bool
    complete: bool = True
    sentences: list[_Sentence] = Field(max_length=_MOST_SENTENCES)


class _Ranking(_Strict):
    ranking: list[_Number] = Field(max_length=200)


class _Question(_Strict):
    question: str


_M = TypeVar("_M", bound=BaseModel)


def read_answer(completion: Completion) -> ComposedAnswer:
    """The answer; raises ModelOutputError where it is refused, empty, cut or malformed."""
    found = _read(completion, _Answer)
    sentences = tuple(
        ComposedSentence(text, tuple(dict.fromkeys(one.citations)))
        for one in found.sentences
        if (text := _said(one.text))
    )
    if sum(len(one.text) for one in sentences) > _MOST_CHARACTERS:
        raise _unusable("the answer is far too long", "malformed")
    if found.answerable and not sentences:
        raise _unusable("the answer has no sentence", "empty")
    return ComposedAnswer(found.answerable, found.complete, sentences)


def read_sentence(value: object) -> list[ComposedSentence]:
    """A sentence of an answer that is still being written, none where it is empty; raises ValidationError."""
    found = _Sentence.model_validate(value)
    text = _said(found.text)
    return [ComposedSentence(text, tuple(dict.fromkeys(found.citations)))] if text else []


def _said(text: str) -> str:
    """A sentence as people read it: without citation marks, HTML and Markdown."""
    return plain(_MARKS.sub("", text))


def read_ranking(completion: Completion, passages: int) -> list[int]:
    """The order as places from 0, best first: unknown and repeated ones dropped, missing ones last, as they were."""
    named = [number - 1 for number in _read(completion, _Ranking).ranking]
    known = [place for place in dict.fromkeys(named) if 0 <= place < passages]
    return known + [place for place in range(passages) if place not in known]


def read_rewritten(completion: Completion) -> str:
    """The rewritten question; raises ModelOutputError as above."""
    question = " ".join(_read(completion, _Question).question.split())
    if not question:
        raise _unusable("the question is empty", "empty")
    return question


def _read(completion: Completion, form: type[_M]) -> _M:
    if completion.refused or completion.finish_reason == "content_filter":
        raise _unusable("it refused", "refused")
    if completion.finish_reason == "length":
        raise _unusable("it was cut off at the token limit", "cut")
    if completion.finish_reason not in _FINISHED:
        raise _unusable("it ended for a reason that we did not ask for", "malformed")
    if not completion.text.strip():
        raise _unusable("it said nothing", "empty")
    try:
        return form.model_validate_json(_json_part(completion.text))
    except (ValidationError, ValueError, RecursionError):
        # Without the cause: its text quotes what the model said.
        raise _unusable("it is not of the agreed form", "malformed") from None


def _json_part(text: str) -> str:
    """The object in a text; servers without structured output wrap it in thoughts, fences or politeness."""
    text = _THOUGHTS.sub("", text)
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text


def _unusable(why: str, cause: str) -> ModelOutputError:
    return ModelOutputError(f"The model's reply cannot be used: {why}", cause=cause)
