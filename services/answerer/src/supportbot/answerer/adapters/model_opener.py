"""Opens the model behind the settings, or says that there is none. The client costs 1 s and 50 MB: only then."""

import asyncio
import hashlib
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportbot.answerer.adapters.checkpoints import TurnCheckpoints, tokens_kept_today
from supportbot.answerer.adapters.model_gate import ModelGate
from supportbot.answerer.domain import prompts
from supportbot.answerer.domain.breaker import Breaker
from supportbot.answerer.domain.budget import Budget
from supportbot.answerer.domain.spending import DailyBudget
from supportbot.answerer.model_ports import Alarm, Checkpoints, Embedder
from supportbot.answerer.settings import AnswererSettings
from supportbot.answerer.use_cases.answer_with_model import AnswerWithModel, Choices, NoCheckpoints
from supportbot.common.database.transactions import Database

if TYPE_CHECKING:
    from supportbot.answerer.adapters.openai_model import OpenAIModel


@dataclass(frozen=True)
class OpenedModel:
    """A model that questions can be put to, one `AnswerModel` per question."""

    model: "OpenAIModel"
    gate: ModelGate
    embedder: Embedder | None
    settings: AnswererSettings

    def for_turn(self, database: Database, conversation_id: UUID, turn_to: int) -> AnswerWithModel:
        """Answers one turn; what is paid for is kept, also through a crash."""
        return self._answering(TurnCheckpoints(database, conversation_id, turn_to, configuration(self.settings)))

    def for_question(self) -> AnswerWithModel:
        """Answers a question that belongs to no turn, as in an evaluation."""
        return self._answering(NoCheckpoints())

    async def close(self) -> None:
        """Close the connections."""
        await self.model.close()

    def _answering(self, checkpoints: Checkpoints) -> AnswerWithModel:
        settings = self.settings
        return AnswerWithModel(
            self.model,
            checkpoints,
            Budget(settings.model_timeout, settings.model_retries),
            Choices(
                settings.openai_model, settings.reranking_model, settings.rerank, settings.model_mask_personal_data
            ),
        )


async def open_model(
    settings: AnswererSettings, alarm: Alarm, *, database: Database | None = None, breaker: Breaker | None = None
) -> OpenedModel | None:
    """The model that the settings name; None without a key. Asks the server nothing yet.

    With a `database` and a daily budget, what was spent earlier today counts.
    """
    if not settings.has_model:
        return None
    adapter, embeddings = await asyncio.to_thread(_modules)
    client = _client(settings)
    used = await tokens_kept_today(database) if database is not None and settings.model_daily_budget else 0
    gate = ModelGate(
        breaker=breaker or Breaker(),
        day=DailyBudget(settings.model_daily_budget, used=used),
        concurrency=settings.model_concurrency,
        alarm=alarm,
    )
    model = adapter.OpenAIModel(client, gate, max_output=settings.model_max_output)
    embedder = embeddings.OpenAIEmbedder(client, gate, settings.embedding_model) if settings.embedding_model else None
    return OpenedModel(model, gate, embedder, settings)


def configuration(settings: AnswererSettings) -> str:
    """Names all settings that change what a paid reply says."""
    parts = [prompts.VERSION, settings.openai_api_base, settings.openai_api_version, str(settings.model_max_output)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _modules() -> tuple[Any, Any]:
    package = "supportbot.answerer.adapters"
    return import_module(f"{package}.openai_model"), import_module(f"{package}.openai_embeddings")


def _client(settings: AnswererSettings) -> Any:
    """The client, told everything: nothing is taken from the environment behind the settings' back."""
    import openai

    common: dict[str, Any] = {"api_key": settings.openai_api_key.get_secret_value(), "max_retries": 0}
    base = settings.openai_api_base.rstrip("/")
    if settings.openai_api_version:
        endpoint = base.removesuffix("/openai")
        return openai.AsyncAzureOpenAI(azure_endpoint=endpoint, api_version=settings.openai_api_version, **common)
    return openai.AsyncOpenAI(base_url=base, **common)
