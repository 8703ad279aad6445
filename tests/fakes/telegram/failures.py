"""Scripted failures: the next n calls of a method go wrong in a chosen way."""

from dataclasses import dataclass, field
from typing import Any, Literal

Ending = Literal["respond", "hang", "reset"]

DESCRIPTIONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict",
    429: "Too Many Requests: retry after {retry_after}",
    500: "Internal Server Error",
    502: "Bad Gateway",
    504: "Gateway Timeout",
}


@dataclass
class Failure:
    """What happens to a matching call; `after_accept` does the work first and then loses the reply."""

    method: str = "*"
    chat: int | None = None
    times: int = 1
    status: int = 500
    description: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    after_accept: bool = False
    delay_s: float = 0.0
    ending: Ending = "respond"
    only_delay: bool = False  # slow, but right
    works_at_once: bool = False  # and only its reply is slow

    def matches(self, method: str, chat: int | None) -> bool:
        """Whether this call is meant; method names are compared without case, as the server does."""
        return (
            self.times > 0 and self.method.lower() in {"*", method.lower()} and (self.chat is None or self.chat == chat)
        )

    def body(self) -> dict[str, Any]:
        """The error object of the reply."""
        text = self.description or DESCRIPTIONS.get(self.status, "Error")
        text = text.format(retry_after=self.parameters.get("retry_after", 0)) if self.description is None else text
        body: dict[str, Any] = {"ok": False, "error_code": self.status, "description": text}
        return body | ({"parameters": self.parameters} if self.parameters else {})


class FailureScript:
    """The failures still to come, first match first."""

    def __init__(self) -> None:
        self._failures: list[Failure] = []

    def add(self, failure: Failure) -> None:
        self._failures.append(failure)

    def clear(self) -> None:
        self._failures.clear()

    @property
    def to_come(self) -> int:
        """How many calls will yet fail."""
        return sum(failure.times for failure in self._failures)

    def take(self, method: str, chat: int | None) -> Failure | None:
        """The failure for this call, counted down."""
        for failure in self._failures:
            if failure.matches(method, chat):
                failure.times -= 1
                return failure
        return None
