"""What a server that speaks OpenAI's language does not take, learnt from its refusals, per model."""

import re
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from supportbot.common.models.request import ModelRequest

_REASONING: Final = re.compile(r"(?:^|/)(?:gpt-[5-9]|o\d)")
_NEXT_FORMAT: Final[dict[str, Literal["json_object", "text"]]] = {"json_schema": "json_object", "json_object": "text"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """The parameters that a model is sent beside the messages."""

    output: Literal["json_schema", "json_object", "text"] = "json_schema"
    limit: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    temperature: bool = True
    effort: bool = False
    streams: bool = True

    def parameters(self, request: ModelRequest, max_output: int) -> dict[str, Any]:
        """What goes beside model and messages."""
        found: dict[str, Any] = {self.limit: max_output}
        if self.output == "json_schema":
            form = {"name": request.stage, "strict": True, "schema": dict(request.schema)}
            found["response_format"] = {"type": "json_schema", "json_schema": form}
        elif self.output == "json_object":
            found["response_format"] = {"type": "json_object"}
        if self.temperature:
            found["temperature"] = 0
        if self.effort:
            found["reasoning_effort"] = "low"
        return found

    def without(self, complaint: str) -> "Dialect | None":
        """The next thing to try after a refusal that names a parameter; None where it names none of ours."""
        if self.streams and re.search(r"\bstream", complaint):
            return replace(self, streams=False)
        if self.effort and "reasoning_effort" in complaint:
            return replace(self, effort=False)
        if self.temperature and "temperature" in complaint:
            return replace(self, temperature=False)
        if "response_format" in complaint or "json_schema" in complaint or "json_object" in complaint:
            following = _NEXT_FORMAT.get(self.output)
            return replace(self, output=following) if following else None
        if self.limit == "max_completion_tokens" and self.limit in complaint:
            return replace(self, limit="max_tokens")
        return None


def first_dialect(model: str) -> Dialect:
    """What to try first: reasoning models take no temperature, and should not think long about a help page."""
    reasons = bool(_REASONING.search(model))
    return Dialect(temperature=not reasons, effort=reasons)
