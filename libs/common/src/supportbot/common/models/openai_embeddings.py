"""Embeddings behind OpenAI's API."""

import math
from array import array
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import openai
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from supportbot.common.knowledge.senses import Vector
from supportbot.common.models.budget import Budget
from supportbot.common.models.errors import ModelOutputError
from supportbot.common.models.gate import ModelGate
from supportbot.common.models.openai_errors import translate
from supportbot.common.models.openai_model import CONNECT_TIMEOUT_S
from supportbot.common.models.request import Usage
from supportbot.common.telemetry.tracing import span

Paid = Callable[[str, Usage], Awaitable[None]]
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

    def __init__(self, client: openai.AsyncOpenAI, gate: ModelGate, paid: Paid, *, stage: str) -> None:
        """`paid` is told what each batch cost, by the name of its model."""
        self._client = client
        self._paid = paid
        self._gate = gate
        self._stage = stage
        self._remembered: OrderedDict[tuple[str, str, int], array[float]] = OrderedDict()

    async def embed(self, texts: Sequence[str], budget: Budget, model: str, dimensions: int = 0) -> list[Vector]:
        """See Embedder."""
        one = (texts[0], model, dimensions) if len(texts) == 1 else None
        if one is not None and one in self._remembered:
            self._remembered.move_to_end(one)
            return [tuple(self._remembered[one])]
        vectors: list[Vector] = []
        for batch in _batches(texts):
            vectors.extend(await self._embed(batch, budget, model, dimensions))
        if len({len(vector) for vector in vectors}) > 1:
            raise _unreadable()
        if one is not None:
            self._remember(one, vectors[0])
        return vectors

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def _embed(self, batch: list[str], budget: Budget, model: str, dimensions: int) -> list[Vector]:
        asked: dict[str, Any] = {"model": model, **({"dimensions": dimensions} if dimensions else {})}
        with span("model.embed", model=model, texts=len(batch)):
            body = await self._gate.call(self._stage, budget, lambda left: self._post(batch, left, asked))
        vectors, usage = _read(body, len(batch))
        self._gate.count(self._stage, usage)
        await self._paid(model, usage)
        return vectors

    async def _post(self, batch: list[str], seconds: float, asked: Mapping[str, Any]) -> bytes:
        try:
            raw = await self._client.embeddings.with_raw_response.create(
                **asked,
                input=[text[:_TEXT_CHARACTERS].encode("utf-8", "replace").decode() or " " for text in batch],
                encoding_format="float",
                timeout=openai.Timeout(seconds, connect=min(CONNECT_TIMEOUT_S, seconds)),
            )
        except openai.OpenAIError as error:
            raise translate(error) from None
        return raw.content

    def _remember(self, one: tuple[str, str, int], vector: Vector) -> None:
        self._remembered[one] = array("f", vector)
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
