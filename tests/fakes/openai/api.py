"""One call to the model server: who asks, what for, which script applies, how it ended."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import jsonschema

from tests.fakes.openai.brain import default_answer
from tests.fakes.openai.chat_request import ChatRequest, read_chat_request
from tests.fakes.openai.completion import chunks, completion_object, limited, usage_of
from tests.fakes.openai.control import ModelControl
from tests.fakes.openai.embeddings import create_embeddings
from tests.fakes.openai.errors import ApiError
from tests.fakes.openai.failures import BEFORE_WORK, Completion, Failure, Recorded


@dataclass(frozen=True)
class Asked:
    """A request that has been let in."""

    endpoint: str  # chat, embeddings
    body: dict[str, Any]
    azure: bool = False

    @property
    def model(self) -> str:
        return str(self.body.get("model", ""))


@dataclass(frozen=True)
class Reply:
    """What goes back; `events` in place of a body for a stream, `ending` may be no reply at all."""

    status: int
    body: dict[str, Any] | bytes = b""
    events: Iterable[bytes] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    ending: str = "respond"  # hang, reset, cut
    outcome: str = "ok"
    usage: dict[str, Any] = field(default_factory=dict)


async def call(control: ModelControl, asked: Asked) -> Reply:
    """Answers one call and records it."""
    number, at = control.next_number(), control.now()
    reply = Reply(499, outcome="client gone")
    try:
        reply = await _run(control, asked, f"chatcmpl-fake{number:08d}", int(at.timestamp()))
    except ApiError as error:
        reply = Reply(error.status, error.body(), headers=error.headers, outcome=f"error {error.status}")
    finally:
        control.record(
            Recorded(
                number=number,
                at=at,
                endpoint=asked.endpoint,
                model=asked.model,
                body=asked.body,
                status=reply.status,
                outcome=reply.outcome,
                prompt_tokens=reply.usage.get("prompt_tokens", 0),
                completion_tokens=reply.usage.get("completion_tokens", 0),
                azure=asked.azure,
            )
        )
    return reply


async def _run(control: ModelControl, asked: Asked, call_id: str, created: int) -> Reply:
    text = json.dumps(asked.body, ensure_ascii=False)
    failure = control.script.failure(asked.endpoint, asked.model, text)
    if failure is not None and failure.delay_s:
        await asyncio.sleep(failure.delay_s)
    if failure is not None and failure.kind in BEFORE_WORK:
        error = failure.error(asked.model)
        return Reply(error.status, error.body(), headers=error.headers, outcome=f"failed {failure.kind}")
    if failure is not None and failure.kind in {"hang", "reset"}:
        return Reply(502, ending=failure.kind, outcome=f"failed {failure.kind}")
    if asked.endpoint == "embeddings":
        body = create_embeddings(asked.body, control.catalogue)
        reply = Reply(200, body, usage=body["usage"])
    else:
        reply = _chat(control, read_chat_request(asked.body, control.catalogue), failure, (call_id, created))
    return _spoiled(reply, failure)


def _chat(control: ModelControl, request: ChatRequest, failure: Failure | None, stamp: tuple[str, int]) -> Reply:
    scripted = control.script.answer(request)
    content = scripted if scripted is not None else _checked(request, default_answer(request))
    completion = Completion(content)
    if failure is not None:
        completion = completion.spoiled(failure.kind)
    completion = limited(completion, request)
    usage = usage_of(request, completion)
    if request.stream:
        return Reply(200, events=chunks(request, completion, *stamp), usage=usage)
    return Reply(200, completion_object(request, completion, *stamp), usage=usage)


def _checked(request: ChatRequest, content: str) -> str:
    """A strict schema is a promise: the fake's own answer is held against it."""
    if request.schema is not None:
        jsonschema.validate(json.loads(content), request.schema)
    return content


def _spoiled(reply: Reply, failure: Failure | None) -> Reply:
    if failure is None or failure.kind == "slow":
        return reply
    outcome = f"failed {failure.kind}"
    if failure.kind == "not_json":
        return replace(reply, body=b"<html><body>upstream connect error</body></html>", events=None, outcome=outcome)
    if failure.kind == "cut_stream":
        return replace(reply, ending="cut", outcome=outcome)
    return replace(reply, outcome=outcome)
