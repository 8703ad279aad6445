"""What models may cost, and what they did: limits before a request, a row after it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from supportbot.common.database.model_costs import ModelCall, Spent, record_call, spent_today
from supportbot.common.database.transactions import Database, DatabaseUnavailableError, Transaction
from supportbot.common.models.errors import ModelQuotaError
from supportbot.common.models.ports import Alarm
from supportbot.common.models.prices import Price, cost_of
from supportbot.common.models.request import Usage
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.metrics import MODEL_CAPPED, MODEL_COST

MICRO: Final = 1_000_000
_SEEN_FOR_S: Final = 2.0
"""How old the sum of the day may be where other processes spend too; our own spending counts at once."""
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Caps:
    """Limits of a UTC day, tokens and millionths of the currency; 0 means none."""

    tokens: int = 0
    cost: int = 0
    person_tokens: int = 0
    person_cost: int = 0


class Accounts:
    """One per process: knows prices and limits, and writes down what was paid."""

    def __init__(
        self,
        database: Database,
        caps: Caps,
        prices: Mapping[str, Price],
        alarm: Alarm,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._caps = caps
        self._prices = prices
        self._alarm = alarm
        self._clock = clock
        self._total = Spent(0, 0)
        self._seen_at = float("-inf")

    def priced(self, stage: str, models: tuple[str, ...], usage: Usage) -> ModelCall:
        """A reply with what it cost."""
        cost = cost_of(self._prices, models, usage)
        return ModelCall(stage, models[0] or models[-1], usage.prompt, usage.completion, cost)

    async def admit(self, conversation_id: UUID | None) -> None:
        """Let a request pass; raises ModelQuotaError where the day's money or tokens are used up."""
        caps = self._caps
        if (caps.tokens or caps.cost) and _over(await self._spent_by_all(), caps.tokens, caps.cost):
            MODEL_CAPPED.labels("all").inc()
            text = "What models may cost in a day is used up: until midnight UTC answers are made without a model."
            await self._alarm("model_budget", "warning", text)
            raise ModelQuotaError("The day's limit on models is used up; none is asked until midnight", cause="budget")
        if conversation_id is not None and (caps.person_tokens or caps.person_cost):
            spent = await self._database.read(lambda connection: spent_today(connection, conversation_id))
            if _over(spent, caps.person_tokens, caps.person_cost):
                MODEL_CAPPED.labels("person").inc()
                raise ModelQuotaError("This person's limit on models is used up until midnight", cause="person_budget")

    async def record(self, tx: Transaction, call: ModelCall) -> None:
        """Write a reply down with whatever else its transaction does."""
        await record_call(tx, call)

    def count(self, call: ModelCall) -> None:
        """Note for metrics and limits what was written down."""
        MODEL_COST.labels(call.stage, call.model).inc((call.cost or 0) / MICRO)
        tokens = call.prompt_tokens + call.completion_tokens
        self._total = Spent(self._total.tokens + tokens, self._total.cost + (call.cost or 0))

    async def note(self, call: ModelCall) -> None:
        """Write down and count a reply that is kept nowhere else. A database that is away loses the row only."""
        self.count(call)
        try:
            await self._database.write(lambda tx: record_call(tx, call), lane="relaxed")
        except DatabaseUnavailableError as error:
            _log.warning("What a model cost could not be written down", stage=call.stage, error=str(error))

    async def _spent_by_all(self) -> Spent:
        if self._clock() - self._seen_at > _SEEN_FOR_S:
            self._total = await self._database.read(spent_today)
            self._seen_at = self._clock()
        return self._total


def _over(spent: Spent, tokens: int, cost: int) -> bool:
    return (0 < tokens <= spent.tokens) or (0 < cost <= spent.cost)
