"""Opens the model behind the settings, or says that there is none. The client costs 1 s and 50 MB: only then."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportbot.answerer.adapters.accounts import MICRO, Accounts, Caps
from supportbot.answerer.adapters.checkpoints import CountedOnly, TurnCheckpoints
from supportbot.answerer.adapters.model_gate import ModelGate
from supportbot.answerer.adapters.passage_vectors import PassageVectors
from supportbot.answerer.domain import prompts
from supportbot.answerer.domain.breaker import Breaker
from supportbot.answerer.domain.budget import Budget
from supportbot.answerer.domain.model_request import Completion, ModelRequest, Usage
from supportbot.answerer.domain.prices import read_prices
from supportbot.answerer.model_ports import Alarm, Checkpoints, Embedder, Heard
from supportbot.answerer.settings import AnswererSettings, Endpoint
from supportbot.answerer.use_cases.answer_with_model import AnswerWithModel, Choices, NoCheckpoints
from supportbot.answerer.use_cases.draft_answer import Show, Shown
from supportbot.common.database.transactions import Database

if TYPE_CHECKING:
    from supportbot.answerer.adapters.openai_model import OpenAIModel


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
    senses: PassageVectors | None
    settings: AnswererSettings
    database: Database | None = None
    accounts: Accounts | None = None

    def for_turn(self, conversation_id: UUID, turn_to: int, show: Show | None = None) -> AnswerWithModel:
        """Answers one turn; what is paid for is kept, also through a crash. Needs a database.

        `show` gets drafts of the answer while it is written.
        """
        assert self.database is not None
        assert self.accounts is not None
        kept = TurnCheckpoints(self.database, conversation_id, turn_to, configuration(self.settings), self.accounts)
        shown = Shown(show, self.settings.confidence_threshold) if show and self.settings.answer_streaming else None
        return self._answering(kept, shown)

    def for_question(self) -> AnswerWithModel:
        """Answers a question that belongs to no turn, as in an evaluation."""
        return self._answering(CountedOnly(self.accounts) if self.accounts else NoCheckpoints())

    @property
    def embedder(self) -> Embedder | None:
        """What turns texts into vectors, where a model for that is named."""
        return self.senses.embedder if self.senses else None

    async def close(self) -> None:
        """Close the connections."""
        await self.model.close()

    def _answering(self, checkpoints: Checkpoints, shown: Shown | None = None) -> AnswerWithModel:
        settings = self.settings
        budget = Budget(settings.model_timeout, settings.model_retries)
        return AnswerWithModel(self.model, checkpoints, budget, _choices(settings), shown=shown, senses=self.senses)


async def open_model(
    settings: AnswererSettings, alarm: Alarm, *, database: Database | None = None, breaker: Breaker | None = None
) -> OpenedModel | None:
    """The model that the settings name; None without a key. Asks the server nothing yet.

    With a `database`, what is paid is written down there, and the limits of a day hold for all processes together.
    """
    if not settings.has_model:
        return None
    adapter, embeddings = await asyncio.to_thread(_modules)
    endpoints = {settings.endpoint(stage) for stage in ("answer", "rewrite", "embed", "rerank")}
    clients = {endpoint: _client(endpoint) for endpoint in endpoints}
    gates = {endpoint: _gate(settings, alarm, breaker) for endpoint in endpoints}
    models = {
        endpoint: adapter.OpenAIModel(client, gates[endpoint], max_output=settings.model_max_output)
        for endpoint, client in clients.items()
    }
    own = settings.endpoint("answer")
    accounts = Accounts(database, _caps(settings), read_prices(settings.model_prices), alarm) if database else None
    senses = None
    if settings.embedding_model:
        at, paid = settings.endpoint("embed"), _paying(settings, accounts)
        embedder = embeddings.OpenAIEmbedder(clients[at], gates[at], settings.embedding_model, paid)
        senses = PassageVectors(embedder, database)
    return OpenedModel(StageModels(models, settings), gates[own], senses, settings, database, accounts)


def _paying(settings: AnswererSettings, accounts: Accounts | None) -> Callable[[Usage], Awaitable[None]]:
    async def paid(usage: Usage) -> None:
        if accounts is not None:
            await accounts.note(accounts.priced("embed", (settings.embedding_model,), usage))

    return paid


def _gate(settings: AnswererSettings, alarm: Alarm, breaker: Breaker | None) -> ModelGate:
    return ModelGate(breaker=breaker or Breaker(), concurrency=settings.model_concurrency, alarm=alarm)


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


def _modules() -> tuple[Any, Any]:
    package = "supportbot.answerer.adapters"
    return import_module(f"{package}.openai_model"), import_module(f"{package}.openai_embeddings")


def _client(endpoint: Endpoint) -> Any:
    """The client, told everything: nothing is taken from the environment behind the settings' back."""
    import openai

    common: dict[str, Any] = {"api_key": endpoint.key, "max_retries": 0}
    base = endpoint.base.rstrip("/")
    if endpoint.version:
        azure = base.removesuffix("/openai")
        return openai.AsyncAzureOpenAI(azure_endpoint=azure, api_version=endpoint.version, **common)
    return openai.AsyncOpenAI(base_url=base, **common)
