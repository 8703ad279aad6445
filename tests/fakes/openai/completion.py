"""Chat completion objects, whole and in chunks."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.fakes.openai.chat_request import ChatRequest
from tests.fakes.openai.failures import Completion
from tests.fakes.openai.words import cut_to_tokens, token_count

FINGERPRINT = "fp_fake"
CHUNK = re.compile(r"\s*\S+\s?")


def limited(completion: Completion, request: ChatRequest) -> Completion:
    """Cut at a stop sequence or at the token limit, as the real server does."""
    text = completion.content
    if not text:
        return completion
    stops = request.body.get("stop") or []
    for stop in [stops] if isinstance(stops, str) else stops:
        text = text.split(stop)[0]
    reason = completion.finish_reason
    if request.max_tokens is not None and token_count(text) > request.max_tokens:
        text, reason = cut_to_tokens(text, request.max_tokens), "length"
    return Completion(text, completion.refusal, reason)


def usage_of(request: ChatRequest, completion: Completion) -> dict[str, Any]:
    """Token counts of one exchange, for all its choices."""
    written = token_count(completion.content or completion.refusal or "") * int(request.body.get("n") or 1)
    return {
        "prompt_tokens": request.prompt_tokens,
        "completion_tokens": written,
        "total_tokens": request.prompt_tokens + written,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def completion_object(request: ChatRequest, completion: Completion, call_id: str, created: int) -> dict[str, Any]:
    """The chat.completion object."""
    message: dict[str, Any] = {
        "role": "assistant",
        "content": completion.content,
        "refusal": completion.refusal,
        "annotations": [],
    }
    choices = [
        {"index": index, "message": message, "logprobs": None, "finish_reason": completion.finish_reason}
        for index in range(int(request.body.get("n") or 1))
    ]
    head = _head(request, call_id, created, "chat.completion")
    return head | {"choices": choices, "usage": usage_of(request, completion)}


def chunks(request: ChatRequest, completion: Completion, call_id: str, created: int) -> Iterator[bytes]:
    """Server-sent events, one chat.completion.chunk each, then [DONE]."""
    options = request.body.get("stream_options") or {}
    with_usage = bool(options.get("include_usage"))
    head = _head(request, call_id, created, "chat.completion.chunk")
    if with_usage:
        head |= {"usage": None}

    def event(index: int, delta: dict[str, Any], reason: str | None = None) -> bytes:
        choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": reason}
        return sse(head | {"choices": [choice]})

    field = "content" if completion.refusal is None else "refusal"
    for index in range(int(request.body.get("n") or 1)):
        yield event(index, {"role": "assistant", field: "", **({"refusal": None} if field == "content" else {})})
        for piece in CHUNK.findall(completion.content or completion.refusal or ""):
            yield event(index, {field: piece})
        yield event(index, {}, completion.finish_reason)
    if with_usage:
        yield sse(head | {"choices": [], "usage": usage_of(request, completion)})
    yield b"data: [DONE]\n\n"


def sse(value: dict[str, Any]) -> bytes:
    """One event."""
    return b"data: " + json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") + b"\n\n"


def _head(request: ChatRequest, call_id: str, created: int, kind: str) -> dict[str, Any]:
    return {
        "id": call_id,
        "object": kind,
        "created": created,
        "model": request.model.name,
        "service_tier": "default",
        "system_fingerprint": FINGERPRINT,
    }
