"""Settings of the answerer: what it answers with, how sure it has to be, and what that may cost."""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from supportbot.common.models.prices import read_prices
from supportbot.common.models.settings import ApiKey, ModelSettings
from supportbot.common.settings import Names


class AnswererSettings(ModelSettings):
    """What the answerer needs beside the common settings."""

    stages_with_servers: ClassVar[dict[str, str]] = {
        **ModelSettings.stages_with_servers,
        "rewrite": "rewrite",
        "rerank": "reranking",
    }

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
    embedding_timeout: float = Field(
        5, gt=0, le=50, description="Seconds that the question's embedding may take of MODEL_TIMEOUT"
    )
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
    model_daily_budget: int = Field(
        0, ge=0, description="Tokens that all questions of a UTC day may use; beyond, no model is asked; 0: no limit"
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
    machine_answers: bool = Field(True, description="Let the machine answer; if not, a person gets every question")
    answer_streaming: bool = Field(
        True,
        description="Show a model's answer in the web chat and in private chats of Telegram sentence by sentence, each "
        "once it is checked",
    )
    answer_link_hosts: Names = Field(
        (), description="The only hosts that a model's answers may link to; empty: any that the cited documents name"
    )
    model_max_output: int = Field(2000, ge=100, description="Tokens that one reply of the model may have")

    def problems(self) -> list[str]:
        """See CommonSettings."""
        return [*super().problems(), *self._price_problems()]

    def _price_problems(self) -> list[str]:
        try:
            prices = read_prices(self.model_prices)
        except ValueError:
            return []  # said already
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
