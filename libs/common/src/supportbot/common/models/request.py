"""What a model is asked and what came back, free of any vendor."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Stage = Literal["context", "rewrite", "rerank", "answer"]


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request for a JSON object of a given schema; no tools, no streaming."""

    stage: Stage
    model: str
    system: str
    """The instructions, ours alone."""
    user: str
    """The data: delimited, and never instructions."""
    schema: Mapping[str, Any]
    """A JSON schema, legal in strict mode."""

    def fingerprint(self) -> str:
        """A hash of everything that the reply depends on."""
        parts = [self.model, self.system, self.user, json.dumps(self.schema, sort_keys=True)]
        return hashlib.sha256(json.dumps(parts).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that were paid for."""

    prompt: int = 0
    completion: int = 0

    @property
    def total(self) -> int:
        return self.prompt + self.completion


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model said, as it came."""

    text: str
    model: str
    """As the server names it."""
    finish_reason: str = "stop"
    refused: bool = False
    usage: Usage = Usage()
