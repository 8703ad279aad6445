"""The ports behind answering with a model: who is asked, what is remembered, who hears of trouble."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, Protocol

from supportbot.answerer.domain.budget import Budget
from supportbot.answerer.domain.model_request import Completion, ModelRequest
from supportbot.common.knowledge.passages import Passage

Vector = tuple[float, ...]
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

    @property
    def model(self) -> str:
        """Names the vector space: vectors of different models must never be compared."""
        ...

    async def embed(self, texts: Sequence[str], budget: Budget) -> list[Vector]:
        """One unit vector per text, in their order. Raises what LanguageModel raises."""
        ...


class Senses(Protocol):
    """Compares a question with passages by what they mean."""

    async def likeness(self, question: str, passages: Sequence[Passage], budget: Budget) -> list[float]:
        """How near each passage is, from -1 to 1, in their order. Raises what LanguageModel raises."""
        ...


class Checkpoints(Protocol):
    """Paid replies of one turn, kept so that no crash makes us pay twice; and what they may cost."""

    async def admit(self) -> None:
        """Let a request be paid for; raises ModelQuotaError where a day's limit is used up."""
        ...

    async def load(self, request: ModelRequest) -> Completion | None:
        """The reply to exactly this request, where it was paid for before."""
        ...

    async def save(self, request: ModelRequest, completion: Completion) -> int | None:
        """Keep a reply; durable when this returns, unless the database is away.

        Returns what it cost, in millionths of the currency of the prices; None where it has no price.
        """
        ...


class Alarm(Protocol):
    """Tells whoever runs the product."""

    async def __call__(self, kind: str, severity: Literal["warning", "critical"], text: str) -> bool:
        """Raise an alert; never fails the caller. False where it was not raised: a moment ago there was one already."""
        ...
