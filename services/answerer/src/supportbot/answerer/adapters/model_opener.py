"""Opens the model behind the settings, or says that there is none. The client costs 1 s and 50 MB: only then."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from supportbot.answerer.adapters.checkpoints import CountedOnly, TurnCheckpoints
from supportbot.answerer.domain import prompts
from supportbot.answerer.model_ports import Checkpoints
from supportbot.answerer.settings import AnswererSettings
from supportbot.answerer.use_cases.answer_with_model import AnswerWithModel, Choices, NoCheckpoints
from supportbot.answerer.use_cases.draft_answer import Show, Shown
from supportbot.common.database.transactions import Database
from supportbot.common.models.accounts import MICRO, Accounts, Caps
from supportbot.common.models.breaker import Breaker
from supportbot.common.models.budget import Budget
from supportbot.common.models.gate import ModelGate
from supportbot.common.models.opening import load_adapter, open_client, open_embedder, open_gate
from supportbot.common.models.ports import Alarm, Heard
from supportbot.common.models.prices import read_prices
from supportbot.common.models.request import Completion, ModelRequest
from supportbot.common.models.settings import Endpoint

if TYPE_CHECKING:
    from supportbot.common.models.openai_embeddings import OpenAIEmbedder
    from supportbot.common.models.openai_model import OpenAIModel

MEANWHILE: Final = "Answers are made without a model meanwhile."
EMBED: Final = "embed"
"""Stage of a question's vector."""


class StageModels:
    """LanguageModel that hands each stage's requests to the server that the settings name for it."""

    def __init__(self, models: Mapping[Endpoint, "OpenAIModel"], settings: AnswererSettings) -> None:
        self._models = models
        self._settings = settings

    async def complete(self, request: ModelRequest, budget: Budget, heard: Heard | None = None) -> Completion:
        """See LanguageModel."""
        return await self._models[self._settings.endpoint(request.stage)].complete(request, budget, heard)

    async def close(self) -> None:
        """Close all connections."""
        for model in self._models.values():
            await model.close()


@dataclass(frozen=True)
class OpenedModel:
    """A model that questions can be put to, one `AnswerModel` per question."""

    model: StageModels
    gate: ModelGate
    """Of the server that writes answers."""
    embedder: "OpenAIEmbedder | None"
    """What turns questions into vectors, where a model for that is named."""
    settings: AnswererSettings
    database: Database | None = None
    accounts: Accounts | None = None

    def for_turn(
        self, conversation_id: UUID, turn_to: int, show: Show | None = None, *, threshold: float | None = None
    ) -> AnswerWithModel:
        """Answers one turn; what is paid for is kept, also through a crash. Needs a database.

        `show` gets drafts of the answer while it is written, from `threshold` on; without one, the setting's.
        """
        assert self.database is not None
        assert self.accounts is not None
        kept = TurnCheckpoints(self.database, conversation_id, turn_to, configuration(self.settings), self.accounts)
        least = self.settings.confidence_threshold if threshold is None else threshold
        shown = Shown(show, least) if show and self.settings.answer_streaming else None
        return self._answering(kept, shown)

    def for_question(self) -> AnswerWithModel:
        """Answers a question that belongs to no turn, as in an evaluation."""
        return self._answering(CountedOnly(self.accounts) if self.accounts else NoCheckpoints())

    async def close(self) -> None:
        """Close the connections."""
        await self.model.close()
        if self.embedder is not None:
            await self.embedder.close()

    def _answering(self, checkpoints: Checkpoints, shown: Shown | None = None) -> AnswerWithModel:
        settings = self.settings
        budget = Budget(settings.model_timeout, settings.model_retries)
        return AnswerWithModel(self.model, checkpoints, budget, _choices(settings), shown=shown, embedder=self.embedder)


async def open_model(
    settings: AnswererSettings, alarm: Alarm, *, database: Database | None = None, breaker: Breaker | None = None
) -> OpenedModel | None:
    """The model that the settings name; None without a key. Asks the server nothing yet.

    With a `database`, what is paid is written down there, and the limits of a day hold for all processes together.
    """
    if not settings.has_model:
        return None
    adapter = await load_adapter("openai_model")
    endpoints = {settings.endpoint(stage) for stage in ("answer", "rewrite", "rerank")}
    gates = {endpoint: open_gate(settings, alarm, MEANWHILE, breaker) for endpoint in endpoints}
    models = {
        endpoint: adapter.OpenAIModel(open_client(endpoint), gate, max_output=settings.model_max_output)
        for endpoint, gate in gates.items()
    }
    own = settings.endpoint("answer")
    accounts = Accounts(database, _caps(settings), read_prices(settings.model_prices), alarm) if database else None
    embedder = None
    if settings.has_embeddings:
        embedder = await open_embedder(settings, alarm, accounts, stage=EMBED)
    return OpenedModel(StageModels(models, settings), gates[own], embedder, settings, database, accounts)


def _caps(settings: AnswererSettings) -> Caps:
    return Caps(
        settings.model_daily_budget,
        round(settings.model_daily_cost * MICRO),
        settings.model_user_daily_tokens,
        round(settings.model_user_daily_cost * MICRO),
    )


def _choices(settings: AnswererSettings) -> Choices:
    return Choices(
        settings.openai_model,
        settings.reranking_model,
        settings.rerank,
        settings.model_mask_personal_data,
        rewrite_model=settings.rewrite_model or settings.openai_model,
        rewrite_s=settings.rewrite_timeout,
        rerank_s=settings.reranking_timeout,
        embed_s=settings.embedding_timeout,
        tone=settings.model_tone,
        link_hosts=frozenset(host.casefold().removeprefix("www.") for host in settings.answer_link_hosts),
    )


def configuration(settings: AnswererSettings) -> str:
    """Names all settings that change what a paid reply says."""
    endpoints = (settings.endpoint(stage) for stage in ("rewrite", "rerank", "answer"))
    servers = [part for endpoint in endpoints for part in (endpoint.base, endpoint.version)]
    parts = [prompts.VERSION, *servers, str(settings.model_max_output)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
