"""The ports of taking turns: where they come from, and who answers a question that may kill the process."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from supportbot.answerer.domain.answer import Answer, Question
from supportbot.common.database.turn_contents import Exchange, TurnMessage
from supportbot.common.database.turns import Outcome, Turn
from supportbot.common.errors import SupportbotError


class AnswererDiedError(SupportbotError):
    """The process that answered a question alone died or hung."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"The process that answered alone did not finish: {cause}")
        self.cause = cause


class Turns(Protocol):
    """The turns that wait for the machine. See supportbot.common.database.turns for the promises."""

    async def claim(self) -> Turn | None: ...

    async def read(self, turn: Turn) -> tuple[list[TurnMessage], list[Exchange], str | None]:
        """The turn's messages, what was said before, and the trace that the newest message began."""
        ...

    async def finish(self, turn: Turn, outcome: Outcome) -> str: ...

    async def release(self, turn: Turn, *, retry_in_s: float, count_attempt: bool) -> None: ...

    async def renew(self, turns: Sequence[Turn]) -> set[UUID]:
        """Hold on to turns in work. Returns the tokens of those that are still ours."""
        ...

    async def next_due_in_s(self) -> float | None: ...


class Trials(Protocol):
    """Questions that somebody tries: nothing is sent to anybody."""

    async def claim(self) -> tuple[UUID, str] | None:
        """One that waits, with its question; None where none does."""
        ...

    async def finish(self, trial_id: UUID, result: Mapping[str, Any]) -> None: ...


class Answerer(Protocol):
    """Answers one question."""

    async def __call__(self, turn: Turn, question: Question, /) -> Answer: ...
