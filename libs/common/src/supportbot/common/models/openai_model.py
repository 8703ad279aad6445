"""A language model behind OpenAI's chat completions: OpenAI itself, Azure, or any server that speaks the same."""

import json
from typing import Annotated, Any, Final

import httpx
import openai
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from supportbot.common.models.budget import Budget
from supportbot.common.models.errors import ModelOutputError
from supportbot.common.models.gate import ModelGate
from supportbot.common.models.openai_dialect import Dialect, first_dialect
from supportbot.common.models.openai_errors import translate
from supportbot.common.models.openai_stream import Written, cut_off
from supportbot.common.models.ports import Heard
from supportbot.common.models.request import Completion, ModelRequest, Usage
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.tracing import span

CONNECT_TIMEOUT_S: Final = 5.0
_ADAPTATIONS: Final = 5
_BAD_REQUEST: Final = frozenset({400, 422})
_log = logger(__name__)
_Count = Annotated[int, Field(ge=0)]


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Message(_Lenient):
    content: str | None = None
    refusal: str | None = None


class _Choice(_Lenient):
    message: _Message
    finish_reason: str | None = "stop"


class _Usage(_Lenient):
    prompt_tokens: _Count = 0
    completion_tokens: _Count = 0


class _Reply(_Lenient):
    choices: list[_Choice] = Field(min_length=1)
    model: str = ""
    usage: _Usage | None = None


class OpenAIModel:
    """LanguageModel. Its client must not retry by itself: the gate has the one budget."""

    def __init__(self, client: openai.AsyncOpenAI, gate: ModelGate, *, max_output: int) -> None:
        self._client = client
        self._gate = gate
        self._max_output = max_output
        self._dialects: dict[str, Dialect] = {}

    async def complete(self, request: ModelRequest, budget: Budget, heard: Heard | None = None) -> Completion:
        """See LanguageModel."""
        with span(f"model.{request.stage}", model=request.model) as current:
            completion = await self._gate.call(request.stage, budget, lambda left: self._send(request, left, heard))
            current.set_attribute("model.prompt_tokens", completion.usage.prompt)
            current.set_attribute("model.completion_tokens", completion.usage.completion)
        self._gate.count(request.stage, completion.usage)
        return completion

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _send(self, request: ModelRequest, seconds: float, heard: Heard | None) -> Completion:
        """One request, said again in simpler words where the server does not know a parameter; that costs nothing."""
        for _ in range(_ADAPTATIONS):
            dialect = self._dialects.get(request.model) or first_dialect(request.model)
            try:
                if heard is not None and dialect.streams:
                    return await self._stream(request, dialect, seconds, heard)
                return _read(await self._post(request, dialect, seconds))
            except openai.APIStatusError as error:
                simpler = dialect.without(_complaint(error)) if error.status_code in _BAD_REQUEST else None
                if simpler is None:
                    raise translate(error) from None
                self._dialects[request.model] = simpler
                _log.info("The model does not take a parameter; going on without it", model=request.model)
            except openai.OpenAIError as error:
                raise translate(error) from None
        raise ModelOutputError("The model API refuses one parameter after the other", cause="rejected")

    async def _post(self, request: ModelRequest, dialect: Dialect, seconds: float) -> bytes:
        raw = await self._client.chat.completions.with_raw_response.create(
            **_asked(request), extra_body=dialect.parameters(request, self._max_output), timeout=_timeout(seconds)
        )
        return bytes(raw.content)

    async def _stream(self, request: ModelRequest, dialect: Dialect, seconds: float, heard: Heard) -> Completion:
        """The same while it is written. Servers count tokens of streams only where they are asked to."""
        body = {**dialect.parameters(request, self._max_output), "stream_options": {"include_usage": True}}
        written = Written(request.model)
        await heard("")
        stream = await self._client.chat.completions.create(
            **_asked(request), stream=True, extra_body=body, timeout=_timeout(seconds)
        )
        try:
            async with stream:
                async for chunk in stream:
                    if written.add(chunk.model_dump(warnings=False)):
                        await heard(written.text)
        except (httpx.HTTPError, ValueError) as error:  # what comes after the head is not translated by the client
            raise cut_off(error) from None
        return written.completion()


def _asked(request: ModelRequest) -> dict[str, Any]:
    messages = [{"role": "system", "content": request.system}, {"role": "user", "content": request.user}]
    return {"model": request.model, "messages": messages}


def _timeout(seconds: float) -> openai.Timeout:
    return openai.Timeout(seconds, connect=min(CONNECT_TIMEOUT_S, seconds))


def _read(body: bytes) -> Completion:
    try:
        reply = _Reply.model_validate_json(body)
    except (ValidationError, ValueError, RecursionError):
        raise ModelOutputError("The model API's answer cannot be read", cause="malformed") from None
    choice, usage = reply.choices[0], reply.usage or _Usage()
    return Completion(
        text=choice.message.content or "",
        model=reply.model[:80],
        finish_reason=choice.finish_reason or "",
        refused=bool(choice.message.refusal),
        usage=Usage(usage.prompt_tokens, usage.completion_tokens),
    )


def _complaint(error: openai.APIStatusError) -> str:
    """All that the server says about the refusal: looked through for parameter names, never shown."""
    return f"{error.param or ''} {json.dumps(error.body, default=str)}"
