"""Embeddings behind OpenAI's API."""

import math
from array import array
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final

import openai
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from supportbot.answerer.adapters.model_gate import ModelGate
from supportbot.answerer.adapters.openai_errors import translate
from supportbot.answerer.adapters.openai_model import CONNECT_TIMEOUT_S
from supportbot.answerer.domain.budget import Budget
from supportbot.answerer.domain.model_errors import ModelOutputError
from supportbot.answerer.domain.model_request import Usage
from supportbot.answerer.model_ports import Vector
from supportbot.common.telemetry.tracing import span

STAGE: Final = "embed"
BATCH: Final = 64
_BATCH_CHARACTERS: Final = 60_000
_TEXT_CHARACTERS: Final = 8_000
_REMEMBERED: Final = 512
"""Vectors of single texts, that is questions; 1,536 dimensions take 6 KB each."""


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Item(_Lenient):
    index: int
    embedding: list[float] = Field(min_length=1, max_length=16_384)


class _Usage(_Lenient):
    prompt_tokens: int = Field(0, ge=0)


class _Reply(_Lenient):
    data: list[_Item]
    usage: _Usage | None = None


class OpenAIEmbedder:
    """Embedder; questions that were just asked are remembered."""

    def __init__(
        self, client: openai.AsyncOpenAI, gate: ModelGate, model: str, paid: Callable[[Usage], Awaitable[None]]
    ) -> None:
        """`paid` is told what each batch cost."""
        self._client = client
        self._paid = paid
        self._gate = gate
        self._model = model
        self._remembered: OrderedDict[str, array[float]] = OrderedDict()

    @property
    def model(self) -> str:
        """See Embedder."""
        return self._model

    async def embed(self, texts: Sequence[str], budget: Budget) -> list[Vector]:
        """See Embedder."""
        if len(texts) == 1 and texts[0] in self._remembered:
            self._remembered.move_to_end(texts[0])
            return [tuple(self._remembered[texts[0]])]
        vectors: list[Vector] = []
        for batch in _batches(texts):
            vectors.extend(await self._embed(batch, budget))
        if len({len(vector) for vector in vectors}) > 1:
            raise _unreadable()
        if len(texts) == 1:
            self._remember(texts[0], vectors[0])
        return vectors

    async def _embed(self, batch: list[str], budget: Budget) -> list[Vector]:
        with span("model.embed", model=self._model, texts=len(batch)):
            body = await self._gate.call(STAGE, budget, lambda left: self._post(batch, left))
        vectors, usage = _read(body, len(batch))
        self._gate.count(STAGE, usage)
        await self._paid(usage)
        return vectors

    async def _post(self, batch: list[str], seconds: float) -> bytes:
        try:
            raw = await self._client.embeddings.with_raw_response.create(
                model=self._model,
                input=[text[:_TEXT_CHARACTERS].encode("utf-8", "replace").decode() or " " for text in batch],
                encoding_format="float",
                timeout=openai.Timeout(seconds, connect=min(CONNECT_TIMEOUT_S, seconds)),
            )
        except openai.OpenAIError as error:
            raise translate(error) from None
        return raw.content

    def _remember(self, text: str, vector: Vector) -> None:
        self._remembered[text] = array("f", vector)
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    characters = 0
    for text in texts:
        size = min(len(text), _TEXT_CHARACTERS)
        if batch and (len(batch) == BATCH or characters + size > _BATCH_CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(text)
        characters += size
    if batch:
        yield batch


def _read(body: bytes, expected: int) -> tuple[list[Vector], Usage]:
    try:
        reply = _Reply.model_validate_json(body)
    except (ValidationError, ValueError, RecursionError):
        raise _unreadable() from None
    found = {item.index: _unit(item.embedding) for item in reply.data}
    if set(found) != set(range(expected)):
        raise _unreadable()
    return [found[place] for place in range(expected)], Usage(reply.usage.prompt_tokens if reply.usage else 0)


def _unit(vector: list[float]) -> Vector:
    length = math.sqrt(sum(value * value for value in vector))
    if not math.isfinite(length) or length == 0:
        raise _unreadable()
    return tuple(value / length for value in vector)


def _unreadable() -> ModelOutputError:
    return ModelOutputError("The model API's embeddings cannot be read", cause="malformed")
