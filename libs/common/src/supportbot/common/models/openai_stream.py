"""A reply that comes in pieces, put together."""

from collections.abc import Mapping
from typing import Any

import httpx

from supportbot.common.models.errors import ModelError, ModelOutageError, ModelOutputError, ModelTimeoutError
from supportbot.common.models.request import Completion, Usage


class Written:
    """What of a reply has come."""

    def __init__(self, model: str) -> None:
        self.text = ""
        self._model = model
        self._finish_reason = ""
        self._refused = False
        self._usage = Usage()
        self._began = False

    def add(self, chunk: Mapping[str, Any]) -> bool:
        """Take a piece in; true where the text has grown. What is not of the usual form is passed over."""
        self._began = True
        if isinstance(chunk.get("model"), str) and chunk["model"]:
            self._model = chunk["model"][:80]
        usage = chunk.get("usage")
        if isinstance(usage, Mapping):
            self._usage = Usage(_count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens")))
        choices = chunk.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) else {}
        delta = choice.get("delta")
        delta = delta if isinstance(delta, Mapping) else {}
        self._refused = self._refused or bool(delta.get("refusal"))
        if isinstance(choice.get("finish_reason"), str):
            self._finish_reason = choice["finish_reason"]
        piece = delta.get("content")
        if not isinstance(piece, str) or not piece:
            return False
        self.text += piece
        return True

    def completion(self) -> Completion:
        """The whole; raises ModelOutageError where it ended in the middle, ModelOutputError where it never began."""
        if not self._began:
            raise ModelOutputError("The model API's answer cannot be read", cause="malformed")
        if not self._finish_reason and not self._refused:
            raise ModelOutageError("The model API's answer ended in the middle", cause="unreachable")
        return Completion(self.text, self._model, self._finish_reason, refused=self._refused, usage=self._usage)


def cut_off(error: Exception) -> ModelError:
    """What it means that a stream broke."""
    if isinstance(error, httpx.TimeoutException):
        return ModelTimeoutError("The model API did not answer in time", cause="timeout")
    if isinstance(error, httpx.HTTPError):
        return ModelOutageError("The connection to the model API failed", cause="unreachable")
    return ModelOutputError("The model API's answer cannot be read", cause="malformed")


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value >= 0 else 0
