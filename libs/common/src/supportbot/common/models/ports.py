"""The ports of asking models: who replies, who turns texts into vectors, who hears of trouble."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, Protocol

from supportbot.common.knowledge.senses import Vector
from supportbot.common.models.budget import Budget
from supportbot.common.models.request import Completion, ModelRequest

Heard = Callable[[str], Awaitable[None]]


class LanguageModel(Protocol):
    """Replies with text that should be JSON of the request's schema; whether it is, the caller checks."""

    async def complete(self, request: ModelRequest, budget: Budget, heard: Heard | None = None) -> Completion:
        """The model's reply, retried where that can help, within the budget.

        `heard` is told the reply as far as it is written, again and again; a shorter one begins another attempt.

        Raises:
            ModelOutageError: it cannot be reached or is overloaded, or was so just now.
            ModelQuotaError: money or the day's tokens are used up.
            ModelAccessError: the key or the model's name is not accepted.
            ModelRequestError: this request was refused.
            ModelTimeoutError: it did not answer in time.
            ModelOutputError: the server's answer cannot be read.
        """
        ...


class Embedder(Protocol):
    """Turns texts into vectors of one length, near each other where the texts say similar things."""

    async def embed(self, texts: Sequence[str], budget: Budget, model: str, dimensions: int = 0) -> list[Vector]:
        """One unit vector per text, in their order, of this model and length; 0: as long as the model makes them.

        Raises what LanguageModel raises.
        """
        ...


class Alarm(Protocol):
    """Tells whoever runs the product."""

    async def __call__(self, kind: str, severity: Literal["warning", "critical"], text: str) -> bool:
        """Raise an alert; never fails the caller. False where it was not raised: a moment ago there was one already."""
        ...
