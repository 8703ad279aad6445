"""Scripted failures and scripted answers, each for the next n matching calls."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from tests.fakes.openai.chat_request import ChatRequest
from tests.fakes.openai.errors import ApiError, quota_used_up, rate_limited, server_error

Kind = Literal[
    "rate_limit",
    "quota",
    "unauthorized",
    "server_error",
    "overloaded",
    "bad_gateway",
    "hang",
    "reset",
    "cut_stream",
    "not_json",
    "malformed",
    "refusal",
    "empty",
    "length",
    "content_filter",
    "slow",
]
Content = str | Callable[[ChatRequest], str]

BEFORE_WORK = frozenset({"rate_limit", "quota", "unauthorized", "server_error", "overloaded", "bad_gateway"})
REFUSAL = "I'm sorry, I can't help with that."


@dataclass
class Failure:
    """What goes wrong; `contains` limits it to requests with this text."""

    kind: Kind
    endpoint: str = "*"  # chat, embeddings, models or *
    model: str | None = None
    times: int = 1
    retry_after: float = 1.0
    delay_s: float = 0.0
    contains: str = ""

    def matches(self, endpoint: str, model: str, text: str) -> bool:
        return (
            self.times > 0
            and self.endpoint in {"*", endpoint}
            and self.model in {None, model}
            and self.contains in text
        )

    def error(self, model: str) -> ApiError:
        """The error of a kind that fails before any work."""
        if self.kind == "rate_limit":
            return rate_limited(model, self.retry_after)
        if self.kind == "quota":
            return quota_used_up()
        if self.kind == "unauthorized":
            return ApiError(401, "Incorrect API key provided: sk-fake****.", code="invalid_api_key")
        return server_error({"overloaded": 503, "bad_gateway": 502}.get(self.kind, 500))


@dataclass
class Scripted:
    """An exact answer for the next matching chat calls; times=None means always."""

    content: Content
    contains: str = ""
    model: str | None = None
    times: int | None = 1

    def matches(self, request: ChatRequest) -> bool:
        return (
            (self.times is None or self.times > 0)
            and self.model in {None, request.model.name}
            and self.contains in request.text()
        )

    def take(self, request: ChatRequest) -> str:
        """The content, counted down."""
        if self.times is not None:
            self.times -= 1
        return self.content if isinstance(self.content, str) else self.content(request)


class Script:
    """All failures and answers still to come, first match first."""

    def __init__(self) -> None:
        self.failures: list[Failure] = []
        self.answers: list[Scripted] = []

    def failure(self, endpoint: str, model: str, text: str) -> Failure | None:
        """The failure for this call, counted down."""
        for failure in self.failures:
            if failure.matches(endpoint, model, text):
                failure.times -= 1
                return failure
        return None

    def answer(self, request: ChatRequest) -> str | None:
        """The scripted content for this call."""
        for answer in self.answers:
            if answer.matches(request):
                return answer.take(request)
        return None

    def clear(self) -> None:
        self.failures.clear()
        self.answers.clear()


@dataclass(frozen=True)
class Completion:
    """The assistant's message before it is put on the wire."""

    content: str | None
    refusal: str | None = None
    finish_reason: str = "stop"

    def spoiled(self, kind: str) -> "Completion":
        """The message as a scripted failure leaves it."""
        if kind == "malformed":
            return Completion(f'{{"answer": "{(self.content or "")[:20]}')
        if kind == "refusal":
            return Completion(None, REFUSAL)
        if kind == "empty":
            return Completion("")
        if kind == "length":
            text = self.content or ""
            return Completion(text[: len(text) // 2], finish_reason="length")
        if kind == "content_filter":
            return Completion("", finish_reason="content_filter")
        return self


@dataclass(frozen=True)
class Recorded:
    """One request and how it ended."""

    number: int
    at: Any  # an aware datetime
    endpoint: str
    model: str
    body: dict[str, Any]
    status: int
    outcome: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    azure: bool = False
