"""The ports behind answering with a model: what of it is remembered, and what it may cost."""

from typing import Protocol

from supportbot.common.models.request import Completion, ModelRequest


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
