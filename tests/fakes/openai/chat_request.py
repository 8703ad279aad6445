"""Reading and refusing chat completion requests."""

import json
import re
from dataclasses import dataclass
from typing import Any

import jsonschema

from tests.fakes.openai.errors import (
    ApiError,
    invalid,
    missing_parameter,
    model_not_found,
    unknown_parameter,
    wrong_type,
)
from tests.fakes.openai.models import Catalogue, ChatModel
from tests.fakes.openai.strict_schema import check_strict
from tests.fakes.openai.words import token_count

KNOWN_WORDS = (
    "messages model audio frequency_penalty function_call functions logit_bias logprobs "
    "max_completion_tokens max_tokens metadata modalities moderation n parallel_tool_calls prediction "
    "presence_penalty prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort "
    "response_format safety_identifier seed service_tier stop store stream stream_options temperature "
    "tool_choice tools top_logprobs top_p user verbosity web_search_options"
)
KNOWN = frozenset(KNOWN_WORDS.split())
ROLES = ("system", "assistant", "user", "function", "tool", "developer")
NUMBERS = {
    "temperature": (0.0, 2.0),
    "top_p": (0.0, 1.0),
    "frequency_penalty": (-2.0, 2.0),
    "presence_penalty": (-2.0, 2.0),
}
INTEGERS = {"max_tokens": (1, None), "max_completion_tokens": (1, None), "n": (1, 128), "top_logprobs": (0, 20)}
NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
PER_MESSAGE = 4


@dataclass(frozen=True)
class ChatRequest:
    """A request that the API takes."""

    body: dict[str, Any]
    model: ChatModel
    messages: list[dict[str, Any]]
    schema: dict[str, Any] | None
    json_object: bool
    prompt_tokens: int

    @property
    def max_tokens(self) -> int | None:
        found = self.body.get("max_completion_tokens") or self.body.get("max_tokens")
        return found if isinstance(found, int) else None

    @property
    def stream(self) -> bool:
        return bool(self.body.get("stream"))

    def text(self, role: str | None = None) -> str:
        """All messages (of a role) as one text."""
        return "\n\n".join(content_text(m) for m in self.messages if role in {None, m["role"]})


def content_text(message: dict[str, Any]) -> str:
    """The text of a message, whichever form its content has."""
    content = message.get("content")
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


def read_chat_request(body: dict[str, Any], catalogue: Catalogue) -> ChatRequest:
    """The request, or the API's refusal of it."""
    for name in body:
        if name not in KNOWN:
            raise unknown_parameter(name)
    model = _model(body, catalogue)
    messages = _messages(body)
    _numbers(body, model)
    if body.get("stream_options") is not None and not body.get("stream"):
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise invalid(message, "stream_options")
    schema, json_object = _response_format(body, model, messages)
    tokens = 3 + sum(PER_MESSAGE + token_count(content_text(message)) for message in messages)
    if schema is not None:
        tokens += token_count(json.dumps(schema))
    if tokens > model.context:
        raise invalid(
            f"This model's maximum context length is {model.context} tokens. However, your messages resulted in "
            f"{tokens} tokens. Please reduce the length of the messages.",
            "messages",
            "context_length_exceeded",
        )
    return ChatRequest(body, model, messages, schema, json_object, tokens)


def _model(body: dict[str, Any], catalogue: Catalogue) -> ChatModel:
    name = body.get("model")
    if name is None or name == "":
        raise invalid("you must provide a model parameter")
    if not isinstance(name, str):
        raise wrong_type("model", "a string", name)
    if name in catalogue.embedding:
        message = "This is not a chat model and thus not supported in the v1/chat/completions endpoint."
        raise ApiError(404, message, param="model")
    if name not in catalogue.chat:
        raise model_not_found(name)
    return catalogue.chat[name]


def _messages(body: dict[str, Any]) -> list[dict[str, Any]]:
    if "messages" not in body:
        raise missing_parameter("messages")
    messages = body["messages"]
    if not isinstance(messages, list):
        raise wrong_type("messages", "an array of objects", messages)
    if not messages:
        message = (
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead."
        )
        raise invalid(message, "messages", "empty_array")
    for index, message in enumerate(messages):
        _message(message, f"messages[{index}]")
    return messages


def _message(message: Any, where: str) -> None:
    if not isinstance(message, dict):
        raise wrong_type(where, "an object", message)
    role = message.get("role")
    if role is None:
        raise missing_parameter(f"{where}.role")
    if role not in ROLES:
        names = ", ".join(f"'{name}'" for name in ROLES[:-1])
        text = f"Invalid value: '{role}'. Supported values are: {names}, and '{ROLES[-1]}'."
        raise invalid(text, f"{where}.role", "invalid_value")
    content = message.get("content")
    if content is None and role != "assistant":
        raise wrong_type(f"{where}.content", "one of a string or array of objects", content)
    if content is not None and not isinstance(content, str | list):
        raise wrong_type(f"{where}.content", "one of a string or array of objects", content)
    for index, part in enumerate(content if isinstance(content, list) else []):
        if not isinstance(part, dict) or "type" not in part:
            raise missing_parameter(f"{where}.content[{index}].type")


def _numbers(body: dict[str, Any], model: ChatModel) -> None:
    for name, (low, high) in NUMBERS.items():
        _number(body, name, low, high, kind="decimal")
    for name, (least, most) in INTEGERS.items():
        _number(body, name, least, most, kind="integer")
    if not model.reasoning:
        return
    if body.get("max_tokens") is not None:
        raise invalid(
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.",
            "max_tokens",
            "unsupported_parameter",
        )
    if body.get("temperature") not in {None, 1}:
        raise invalid(
            f"Unsupported value: 'temperature' does not support {body['temperature']} with this model. "
            "Only the default (1) value is supported.",
            "temperature",
            "unsupported_value",
        )


def _number(body: dict[str, Any], name: str, low: float, high: float | None, *, kind: str) -> None:
    value = body.get(name)
    if value is None:
        return
    allowed = int if kind == "integer" else (int, float)
    if isinstance(value, bool) or not isinstance(value, allowed):
        raise wrong_type(name, f"a{'n' if kind == 'integer' else ''} {kind}", value)
    if value < low:
        message = f"Invalid '{name}': {kind} below minimum value. Expected a value >= {low:g}, but got {value} instead."
        raise invalid(message, name, f"{kind}_below_min_value")
    if high is not None and value > high:
        message = (
            f"Invalid '{name}': {kind} above maximum value. Expected a value <= {high:g}, but got {value} instead."
        )
        raise invalid(message, name, f"{kind}_above_max_value")


def _response_format(
    body: dict[str, Any], model: ChatModel, messages: list[dict[str, Any]]
) -> tuple[dict[str, Any] | None, bool]:
    value = body.get("response_format")
    if value is None:
        return None, False
    if not isinstance(value, dict) or value.get("type") not in {"text", "json_object", "json_schema"}:
        message = "Invalid value for 'response_format.type'. Supported: 'json_object', 'json_schema', and 'text'."
        raise invalid(message, "response_format.type", "invalid_value")
    if value["type"] == "json_object":
        if not any("json" in content_text(message).lower() for message in messages):
            text = (
                "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
            )
            raise invalid(text, "messages")
        return None, True
    return (_json_schema(value, model), False) if value["type"] == "json_schema" else (None, False)


def _json_schema(value: dict[str, Any], model: ChatModel) -> dict[str, Any]:
    if not model.json_schema:
        raise invalid("Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.")
    part = value.get("json_schema")
    if not isinstance(part, dict):
        raise missing_parameter("response_format.json_schema")
    name = part.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise missing_parameter("response_format.json_schema.name")
    schema = part.get("schema")
    if not isinstance(schema, dict):
        raise missing_parameter("response_format.json_schema.schema")
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        message = f"Invalid schema for response_format '{name}': {error.message}"
        raise invalid(message, "response_format") from None
    if part.get("strict") is True:
        check_strict(schema, name)
    return schema
