"""Settings of the answerer: what it answers with, how sure it has to be, and what that may cost."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from supportbot.answerer.domain.prices import read_prices
from supportbot.common.settings import CommonSettings, Names
from supportbot.common.settings_checks import not_a_url

OPENAI_API = "https://api.openai.com/v1"


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


class AnswererSettings(CommonSettings):
    """What the answerer needs beside the common settings."""

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
    openai_model: str = Field(
        "gpt-5.4-mini", min_length=1, description="Model that writes answers; with Azure, its deployment"
    )
    reranking_model: str = Field(
        "gpt-4o", min_length=1, description="Model that puts found passages in order; with Azure, its deployment"
    )
    rerank: Literal["auto", "always", "never"] = Field(
        "auto", description="When passages are put in order by a model; auto: where the search alone is not clear"
    )
    rewrite_model: str = Field(
        "", description="Model that makes follow-up questions understandable alone; empty: OPENAI_MODEL"
    )
    rewrite_timeout: float = Field(5, gt=0, le=50, description="Seconds that rewriting may take of MODEL_TIMEOUT")
    rewrite_api_key: ApiKey = Field(SecretStr(""), description="Its own key; needed with REWRITE_API_BASE")
    rewrite_api_base: str = Field("", description="Its own server; empty: OPENAI_API_BASE")
    rewrite_api_version: str = Field("", description="Azure's version on that server")
    reranking_timeout: float = Field(8, gt=0, le=50, description="Seconds that reranking may take of MODEL_TIMEOUT")
    reranking_api_key: ApiKey = Field(SecretStr(""), description="Its own key; needed with RERANKING_API_BASE")
    reranking_api_base: str = Field("", description="Its own server; empty: OPENAI_API_BASE")
    reranking_api_version: str = Field("", description="Azure's version on that server")
    embedding_model: str = Field(
        "",
        description="Model for embeddings, such as text-embedding-3-small: what words find is ordered by sense too; "
        "empty: by words only",
    )
    embedding_timeout: float = Field(5, gt=0, le=50, description="Seconds that embeddings may take of MODEL_TIMEOUT")
    embedding_api_key: ApiKey = Field(SecretStr(""), description="Its own key; needed with EMBEDDING_API_BASE")
    embedding_api_base: str = Field("", description="Its own server; empty: OPENAI_API_BASE")
    embedding_api_version: str = Field("", description="Azure's version on that server")
    confidence_threshold: float = Field(
        0.7, ge=0, le=1, description="An answer less sure than this goes to a person instead"
    )
    synonyms_path: Path = Field(
        Path("data/synonyms.txt"),
        description="Your own words for the same thing, one group a line: refund, money back = возврат; read again "
        "when it changes; need not be there",
    )
    answer_concurrency: int = Field(8, ge=1, le=256, description="Questions that one process works on at a time")
    model_timeout: float = Field(
        20, gt=0, le=50, description="Seconds that one question may spend on the model, waits and retries included"
    )
    model_retries: int = Field(2, ge=0, le=10, description="Repeated requests to the model that one question may cost")
    model_concurrency: int = Field(8, ge=1, le=256, description="Requests to the model at a time, per process")
    model_daily_budget: int = Field(
        0, ge=0, description="Tokens that all questions of a UTC day may use; beyond, no model is asked; 0: no limit"
    )
    model_prices: str = Field(
        "",
        description="Price of a million tokens in and out, as gpt-4o=2.50/10,text-embedding-3-small=0.02; any currency",
    )
    model_daily_cost: float = Field(
        0, ge=0, description="Money, by MODEL_PRICES, that all questions of a UTC day may cost; 0: no limit"
    )
    model_user_daily_tokens: int = Field(
        0, ge=0, description="Tokens that one person's questions of a UTC day may use; 0: no limit"
    )
    model_user_daily_cost: float = Field(
        0, ge=0, description="Money, by MODEL_PRICES, that one person's questions of a UTC day may cost; 0: no limit"
    )
    model_mask_personal_data: bool = Field(
        False,
        description="Replace personal data and document numbers in what a model is asked, and put them back after",
    )
    model_tone: str = Field(
        "", max_length=300, description="How answers sound, such as: formal, or: warm and short, with informal you"
    )
    answer_cache: bool = Field(
        True, description="Give a model's answer again to the same question while documents and settings are the same"
    )
    answer_streaming: bool = Field(
        True, description="Show a model's answer in the web chat sentence by sentence, each once it is checked"
    )
    answer_link_hosts: Names = Field(
        (), description="The only hosts that a model's answers may link to; empty: any that the cited documents name"
    )
    model_max_output: int = Field(2000, ge=100, description="Tokens that one reply of the model may have")

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
        for stage in ("rewrite", "reranking", "embedding"):
            found += self._stage_problems(stage)
        return [*found, *self._price_problems()]

    def _stage_problems(self, stage: str) -> list[str]:
        """A key must never go to a server that it was not given for."""
        base, key, version = (getattr(self, f"{stage}_api_{part}") for part in ("base", "key", "version"))
        name = stage.upper()
        if not base:
            unused = [part for part, value in (("KEY", key.get_secret_value()), ("VERSION", version)) if value]
            return [f"{name}_API_{part}: needs {name}_API_BASE beside it" for part in unused]
        problem = not_a_url(base, ("http", "https"))
        found = [f"{name}_API_BASE: {problem}"] if problem else []
        if not key.get_secret_value():
            found.append(f"{name}_API_KEY: must be set with {name}_API_BASE; a server without keys takes any word")
        return found

    def endpoint(self, stage: str) -> Endpoint:
        """Where and as whom a stage's requests go: `rewrite`, `embed`, `rerank` or `answer`."""
        prefix = {"rewrite": "rewrite", "embed": "embedding", "rerank": "reranking"}.get(stage)
        if prefix and (base := getattr(self, f"{prefix}_api_base")):
            key: SecretStr = getattr(self, f"{prefix}_api_key")
            return Endpoint(base, getattr(self, f"{prefix}_api_version"), key.get_secret_value())
        return Endpoint(self.openai_api_base, self.openai_api_version, self.openai_api_key.get_secret_value())

    def _price_problems(self) -> list[str]:
        try:
            prices = read_prices(self.model_prices)
        except ValueError as error:
            return [f"MODEL_PRICES: {error}"]
        if not self.has_model or not (self.model_daily_cost or self.model_user_daily_cost):
            return []
        unpriced = sorted(self.models_in_use - prices.keys())
        named = "MODEL_DAILY_COST" if self.model_daily_cost else "MODEL_USER_DAILY_COST"
        return [f"{named}: needs the price of {', '.join(unpriced)} in MODEL_PRICES"] if unpriced else []

    @property
    def models_in_use(self) -> set[str]:
        """The models that questions are put to."""
        reranking = "" if self.rerank == "never" else self.reranking_model
        return {self.openai_model, self.rewrite_model, self.embedding_model, reranking} - {""}
