"""Opens what asks the model API. The client costs 1 s and 50 MB: only where a model is named."""

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Any

from supportbot.common.models.accounts import Accounts
from supportbot.common.models.breaker import Breaker
from supportbot.common.models.gate import ModelGate
from supportbot.common.models.ports import Alarm
from supportbot.common.models.request import Usage
from supportbot.common.models.settings import Endpoint, ModelSettings

if TYPE_CHECKING:
    from supportbot.common.models.openai_embeddings import OpenAIEmbedder


async def load_adapter(name: str) -> Any:
    """A module of ours that needs the client, imported without holding up the event loop."""
    return await asyncio.to_thread(import_module, f"supportbot.common.models.{name}")


def open_client(endpoint: Endpoint) -> Any:
    """The client, told everything: nothing is taken from the environment behind the settings' back."""
    import openai

    common: dict[str, Any] = {"api_key": endpoint.key, "max_retries": 0}
    base = endpoint.base.rstrip("/")
    if endpoint.version:
        azure = base.removesuffix("/openai")
        return openai.AsyncAzureOpenAI(azure_endpoint=azure, api_version=endpoint.version, **common)
    return openai.AsyncOpenAI(base_url=base, **common)


def open_gate(settings: ModelSettings, alarm: Alarm, meanwhile: str, breaker: Breaker | None = None) -> ModelGate:
    """What lets requests to one server pass; `meanwhile` says what is done while none can."""
    concurrency = settings.model_concurrency
    return ModelGate(breaker=breaker or Breaker(), concurrency=concurrency, alarm=alarm, meanwhile=meanwhile)


async def open_embedder(
    settings: ModelSettings, alarm: Alarm, accounts: Accounts | None, *, stage: str
) -> "OpenAIEmbedder":
    """What turns texts into vectors, with a gate of its own: its outage is no outage of answers, nor the reverse."""

    async def paid(model: str, usage: Usage) -> None:
        if accounts is not None:
            await accounts.note(accounts.priced(stage, (model,), usage))

    adapter = await load_adapter("openai_embeddings")
    gate = open_gate(settings, alarm, "Passages are searched by words alone where they have no vectors meanwhile.")
    embedder: OpenAIEmbedder = adapter.OpenAIEmbedder(open_client(settings.endpoint("embed")), gate, paid, stage=stage)
    return embedder
