"""Settings of the model API, of whoever asks it: servers, keys, prices, and the model of embeddings."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, Field, SecretStr

from supportbot.common.models.prices import read_prices
from supportbot.common.settings import CommonSettings
from supportbot.common.settings_checks import not_a_url

OPENAI_API: Final = "https://api.openai.com/v1"


def _one_word(value: SecretStr) -> SecretStr:
    """A key travels in an HTTP header: a line break in it is a mistake, or somebody's attempt at a second header."""
    key = value.get_secret_value()
    if not all(character.isascii() and character.isprintable() and character != " " for character in key):
        raise ValueError("has a line break, a space or a character outside ASCII in it; copy the key again, alone")
    return value


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server of models, and the key for it."""

    base: str
    version: str
    key: str = field(repr=False)


ApiKey = Annotated[SecretStr, AfterValidator(_one_word)]


class ModelAccess(CommonSettings):
    """Where the models are, and the key for them."""

    openai_api_key: ApiKey = Field(
        SecretStr(""),
        description="Key of the model API; without one, answers are quoted from the documents and no model is asked",
    )
    openai_api_base: str = Field(
        OPENAI_API, description="Address of the model API: OpenAI, Azure OpenAI or any server that speaks the same"
    )
    openai_api_version: str = Field(
        "", description="Version of Azure OpenAI's API, such as 2024-10-21; setting it switches to Azure"
    )

    @property
    def has_model(self) -> bool:
        """Whether a model is asked at all."""
        return bool(self.openai_api_key.get_secret_value())

    def problems(self) -> list[str]:
        """See CommonSettings."""
        found = super().problems()
        problem = not_a_url(self.openai_api_base, ("http", "https"))
        if problem:
            found.append(f"OPENAI_API_BASE: {problem}")
        if self.openai_api_version and self.openai_api_base == OPENAI_API:
            found.append("OPENAI_API_BASE: must be the Azure resource's address where OPENAI_API_VERSION is set")
        return found


class ModelSettings(ModelAccess):
    """What the indexer and the answerer need to ask models."""

    stages_with_servers: ClassVar[dict[str, str]] = {"embed": "embedding", "context": "context"}
    """Stage → how the names of the settings of its own server begin."""

    embedding_model: str = Field(
        "",
        max_length=100,
        description="Model for embeddings, such as text-embedding-3-small: passages are searched by sense too; "
        "empty: by words alone",
    )
    embedding_dimensions: int = Field(
        0, ge=0, le=16_384, description="Length of its vectors, where the model can make shorter ones; 0: as it does"
    )
    embedding_api_key: ApiKey = Field(SecretStr(""), description="Its own key; needed with EMBEDDING_API_BASE")
    embedding_api_base: str = Field("", description="Its own server; empty: OPENAI_API_BASE")
    embedding_api_version: str = Field("", description="Azure's version on that server")
    context_model: str = Field(
        "",
        max_length=80,
        description="Model that writes, for the search, what each passage is about within its document; one request a "
        "passage; empty: none",
    )
    context_api_key: ApiKey = Field(SecretStr(""), description="Its own key; needed with CONTEXT_API_BASE")
    context_api_base: str = Field("", description="Its own server; empty: OPENAI_API_BASE")
    context_api_version: str = Field("", description="Azure's version on that server")
    model_concurrency: int = Field(
        8,
        ge=1,
        le=256,
        description="Requests at a time to one server of models, per process; passages that are indexed count apart",
    )
    model_prices: str = Field(
        "",
        description="Price of a million tokens in and out, as gpt-4o=2.50/10,text-embedding-3-small=0.02; any currency",
    )

    @property
    def has_embeddings(self) -> bool:
        """Whether passages and questions become vectors of what they mean."""
        return self.has_model and bool(self.embedding_model)

    @property
    def has_contexts(self) -> bool:
        """Whether a model says what each passage is about."""
        return self.has_model and bool(self.context_model)

    def problems(self) -> list[str]:
        """See CommonSettings."""
        found = super().problems()
        for prefix in self.stages_with_servers.values():
            found += self._server_problems(prefix)
        try:
            read_prices(self.model_prices)
        except ValueError as error:
            found.append(f"MODEL_PRICES: {error}")
        return found

    def endpoint(self, stage: str) -> Endpoint:
        """Where and as whom a stage's requests go: its own server where it has one."""
        prefix = self.stages_with_servers.get(stage)
        if prefix and (base := getattr(self, f"{prefix}_api_base")):
            key: SecretStr = getattr(self, f"{prefix}_api_key")
            return Endpoint(base, getattr(self, f"{prefix}_api_version"), key.get_secret_value())
        return Endpoint(self.openai_api_base, self.openai_api_version, self.openai_api_key.get_secret_value())

    def _server_problems(self, prefix: str) -> list[str]:
        """A key must never go to a server that it was not given for."""
        base, key, version = (getattr(self, f"{prefix}_api_{part}") for part in ("base", "key", "version"))
        name = prefix.upper()
        if not base:
            unused = [part for part, value in (("KEY", key.get_secret_value()), ("VERSION", version)) if value]
            return [f"{name}_API_{part}: needs {name}_API_BASE beside it" for part in unused]
        problem = not_a_url(base, ("http", "https"))
        found = [f"{name}_API_BASE: {problem}"] if problem else []
        if not key.get_secret_value():
            found.append(f"{name}_API_KEY: must be set with {name}_API_BASE; a server without keys takes any word")
        return found
