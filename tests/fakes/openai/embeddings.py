"""POST /embeddings: stems hashed to vectors, so that texts with common words are near each other."""

import base64
import hashlib
import math
import sys
from array import array
from collections import Counter
from typing import Any

from tests.fakes.openai.errors import invalid, missing_parameter, model_not_found, unknown_parameter, wrong_type
from tests.fakes.openai.models import Catalogue, EmbeddingModel
from tests.fakes.openai.words import stems, token_count

KNOWN = {"input", "model", "dimensions", "encoding_format", "user"}
MAX_INPUTS = 2048
MAX_TOKENS_PER_REQUEST = 300_000
SPREAD = 8  # positions per stem: enough for unlike stems to stay apart


def create_embeddings(body: dict[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    """The response object; refuses what the real endpoint refuses."""
    model = _model(body, catalogue)
    dimensions = _dimensions(body, model)
    encoding = body.get("encoding_format", "float")
    if encoding not in {"float", "base64"}:
        message = f"Invalid value: '{encoding}'. Supported values are: 'float' and 'base64'."
        raise invalid(message, "encoding_format", "invalid_value")
    inputs = _inputs(body)
    tokens = _tokens(inputs, model)
    data = [
        {"object": "embedding", "index": index, "embedding": _encoded(vector_of(item, dimensions), encoding)}
        for index, item in enumerate(inputs)
    ]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": model.name, "usage": usage}


def vector_of(item: str | list[int], dimensions: int) -> list[float]:
    """A unit vector; equal texts give equal vectors."""
    words = stems(item) if isinstance(item, str) else [str(token) for token in item]
    vector = [0.0] * dimensions
    for word, count in Counter(words or [""]).items():
        digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=SPREAD * 4).digest()
        for at in range(0, len(digest), 4):
            number = int.from_bytes(digest[at : at + 4], "little")
            vector[(number >> 1) % dimensions] += (1.0 if number & 1 else -1.0) * (1.0 + math.log(count))
    norm = math.sqrt(sum(value * value for value in vector))
    if norm == 0.0:  # the few positions cancelled each other out
        vector[0] = norm = 1.0
    return [value / norm for value in vector]


def _model(body: dict[str, Any], catalogue: Catalogue) -> EmbeddingModel:
    for unknown in sorted(set(body) - KNOWN):
        raise unknown_parameter(unknown)
    name = body.get("model", "")
    if not isinstance(name, str) or not name:
        raise invalid("you must provide a model parameter")
    if name in catalogue.chat:
        raise invalid(f"You are not allowed to generate embeddings from this model: {name}")
    if name not in catalogue.embedding:
        raise model_not_found(name)
    return catalogue.embedding[name]


def _dimensions(body: dict[str, Any], model: EmbeddingModel) -> int:
    wanted = body.get("dimensions")
    if wanted is None:
        return model.dimensions
    if isinstance(wanted, bool) or not isinstance(wanted, int):
        raise wrong_type("dimensions", "an integer", wanted)
    if not model.resizable:
        raise invalid("This model does not support specifying dimensions.", "dimensions")
    if not 1 <= wanted <= model.dimensions:
        raise invalid(f"Invalid value for 'dimensions' = {wanted}. Must be between 1 and {model.dimensions}.")
    return wanted


def _inputs(body: dict[str, Any]) -> list[str | list[int]]:
    if "input" not in body:
        raise missing_parameter("input")
    value = body["input"]
    if isinstance(value, str):
        items: list[Any] = [value]
    elif isinstance(value, list):
        items = [value] if value and all(_is_token(item) for item in value) else value
    else:
        raise wrong_type("input", "one of a string or array", value)
    if not items:
        raise invalid("Invalid 'input': empty array. Expected at least one element.", "input", "empty_array")
    if len(items) > MAX_INPUTS:
        raise invalid(
            f"Invalid 'input': array too long. Expected an array with maximum length {MAX_INPUTS}, "
            f"but got an array with length {len(items)} instead.",
            "input",
            "array_above_max_length",
        )
    for index, item in enumerate(items):
        if not (isinstance(item, str) or (isinstance(item, list) and all(_is_token(token) for token in item))):
            raise wrong_type(f"input[{index}]", "a string or an array of tokens", item)
        if not item:
            raise invalid(f"Invalid 'input[{index}]': input cannot be an empty string.", "input")
    return items


def _is_token(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _tokens(inputs: list[str | list[int]], model: EmbeddingModel) -> int:
    counts = [token_count(item) if isinstance(item, str) else len(item) for item in inputs]
    if max(counts) > model.context:
        raise invalid(
            f"This model's maximum context length is {model.context} tokens, however you requested {max(counts)} "
            f"tokens ({max(counts)} in your prompt; 0 for the completion). Please reduce your prompt.",
            None,
            "context_length_exceeded",
        )
    if sum(counts) > MAX_TOKENS_PER_REQUEST:
        raise invalid(
            f"Requested {sum(counts)} tokens, max {MAX_TOKENS_PER_REQUEST} tokens per request",
            "input",
            "max_tokens_per_request",
        )
    return sum(counts)


def _encoded(vector: list[float], encoding: str) -> str | list[float]:
    if encoding == "float":
        return vector
    single = array("f", vector)
    if sys.byteorder == "big":
        single.byteswap()
    return base64.b64encode(single.tobytes()).decode()
