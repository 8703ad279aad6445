"""Settings of the answerer: what it answers with, how sure it has to be, and what that may cost."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from supportbot.common.settings import CommonSettings
from supportbot.common.settings_checks import not_a_url

OPENAI_API = "https://api.openai.com/v1"


def _one_word(value: SecretStr) -> SecretStr:
    """A key travels in an HTTP header: a line break in it is a mistake, or somebody's attempt at a second header."""
    key = value.get_secret_value()
    if not all(character.isascii() and character.isprintable() and character != " " for character in key):
        raise ValueError("has a line break, a space or a character outside ASCII in it; copy the key again, alone")
    return value


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
    embedding_model: str = Field(
        "", description="Model for embeddings, such as text-embedding-3-small; empty: search by words only"
    )
    confidence_threshold: float = Field(
        0.7, ge=0, le=1, description="An answer less sure than this goes to a person instead"
    )
    answer_concurrency: int = Field(8, ge=1, le=256, description="Questions that one process works on at a time")
    model_timeout: float = Field(
        20, gt=0, le=50, description="Seconds that one question may spend on the model, waits and retries included"
    )
    model_retries: int = Field(2, ge=0, le=10, description="Repeated requests to the model that one question may cost")
    model_concurrency: int = Field(8, ge=1, le=256, description="Requests to the model at a time, per process")
    model_daily_budget: int = Field(
        0, ge=0, description="Tokens that one process may use in a UTC day; beyond, no model is asked; 0: no limit"
    )
    model_mask_personal_data: bool = Field(
        False, description="Replace e-mail addresses, card, account and telephone numbers in what a model is asked"
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
        return found
