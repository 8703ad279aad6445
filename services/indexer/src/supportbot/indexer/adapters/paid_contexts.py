"""Contexts of passages, each paid for once and kept in the database."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from supportbot.common.database.model_costs import record_call
from supportbot.common.database.transactions import Database, DatabaseUnavailableError, Transaction
from supportbot.common.models.accounts import Accounts, Caps
from supportbot.common.models.budget import Budget
from supportbot.common.models.opening import load_adapter, open_client, open_gate
from supportbot.common.models.ports import Alarm
from supportbot.common.models.prices import read_prices
from supportbot.common.models.request import Completion, ModelRequest
from supportbot.common.models.settings import ModelSettings
from supportbot.common.telemetry.logging import logger
from supportbot.indexer.adapters.paid_results import PaidResults
from supportbot.indexer.domain.contexts import read_context

if TYPE_CHECKING:
    from supportbot.common.models.openai_model import OpenAIModel

KIND: Final = "context"
BUDGET_S: Final = 60.0
RETRIES: Final = 4
MOST_OUTPUT: Final = 2000
"""Tokens of a reply; a model that thinks aloud needs far more than the sentence that is wanted."""
_log = logger(__name__)


class PaidContexts:
    """Contexts. The model is opened when it is asked for the first time."""

    def __init__(self, settings: ModelSettings, database: Database | None, alarm: Alarm) -> None:
        """Without a database nothing is kept."""
        self._settings = settings
        self._database = database
        self._paid_before = None if database is None else PaidResults(database, KIND)
        self._alarm = alarm
        prices = read_prices(settings.model_prices)
        self._accounts = None if database is None else Accounts(database, Caps(), prices, alarm)
        self._opening = asyncio.Lock()
        self._model: OpenAIModel | None = None

    async def recall(self, model: str, keys: Sequence[str]) -> dict[str, str]:
        """See Contexts."""
        if self._paid_before is None:
            return {}
        kept = await self._paid_before.recall(model, keys)
        return {key: context.decode("utf-8", "replace") for key, context in kept.items()}

    async def write(self, key: str, request: ModelRequest) -> str:
        """See Contexts."""
        model = await self._opened()
        completion = await model.complete(request, Budget(BUDGET_S, RETRIES))
        context = read_context(completion)
        await self._keep(key, request, completion, context)
        return context

    async def close(self) -> None:
        """Close the connections."""
        if self._model is not None:
            await self._model.close()

    async def _keep(self, key: str, request: ModelRequest, completion: Completion, context: str) -> None:
        if self._database is None or self._paid_before is None or self._accounts is None:
            return
        paid_before = self._paid_before
        call = self._accounts.priced(KIND, (completion.model, request.model), completion.usage)

        async def store(tx: Transaction) -> None:
            await paid_before.keep(tx, request.model, {key: context.encode()})
            await record_call(tx, call)

        self._accounts.count(call)
        try:
            await self._database.write(store, lane="relaxed")
        except DatabaseUnavailableError as error:
            _log.warning("A context that was paid for could not be kept", error=str(error))

    async def _opened(self) -> "OpenAIModel":
        async with self._opening:
            if self._model is None:
                adapter = await load_adapter("openai_model")
                client = open_client(self._settings.endpoint(KIND))
                gate = open_gate(self._settings, self._alarm, "Documents are searched without contexts meanwhile.")
                self._model = adapter.OpenAIModel(client, gate, max_output=MOST_OUTPUT)
        assert self._model is not None
        return self._model
