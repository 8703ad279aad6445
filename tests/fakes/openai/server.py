"""The fake model server: OpenAI's paths, Azure's paths, and /control/."""

import asyncio
import json
import secrets
from types import TracebackType
from typing import Any, Self

from starlette.requests import Request
from starlette.responses import Response

from tests.fakes.control_http import PREFIX, commands_of, run_command
from tests.fakes.openai.access import admitted
from tests.fakes.openai.api import Asked, Reply, call
from tests.fakes.openai.control import ModelControl
from tests.fakes.openai.errors import ApiError, model_not_found
from tests.fakes.openai.transcriptions import PATH, transcribed
from tests.fakes.serving import LoopbackServer, Receive, Scope, Send, reset_connection

KEY = "sk-fake-key"
COMMANDS = commands_of(ModelControl, {"record", "next_number", "now"})


class FakeOpenAI(ModelControl):
    """An OpenAI-compatible server on loopback; itself the control."""

    def __init__(self, api_key: str = KEY, *, port: int = 0) -> None:
        super().__init__()
        self.api_key = api_key
        self.keys = {api_key}
        self._port = port
        self._server: LoopbackServer | None = None
        self._closing = asyncio.Event()

    @property
    def azure_endpoint(self) -> str:
        """The root, as an Azure resource is given."""
        assert self._server is not None, "start the fake first"
        return self._server.url

    @property
    def base_url(self) -> str:
        """What goes where https://api.openai.com/v1 would."""
        return f"{self.azure_endpoint}/v1"

    async def __aenter__(self) -> Self:
        self._server = LoopbackServer(self.app, self._port)
        await self._server.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        if self._server is not None:
            await self._server.stop()

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI app."""
        request = Request(scope, receive)
        if request.url.path.startswith(PREFIX):
            await (await run_command(self, COMMANDS, request))(scope, receive, send)
            return
        if request.url.path == PATH:
            await (await transcribed(self, request))(scope, receive, send)
            return
        try:
            reply = await self._reply(request)
        except ApiError as error:
            reply = Reply(error.status, error.body(), headers=error.headers)
        await self._send(reply, scope, receive, send)

    async def _reply(self, request: Request) -> Reply:
        path = admitted(request, self.keys, self.deployments, self.catalogue)
        if path.endpoint == "models":
            return self._models(path.model)
        asked = Asked(path.endpoint, await _body(request, path.model if path.azure else None), path.azure)
        work = asyncio.create_task(call(self, asked))
        gone = asyncio.create_task(self._gone(request.receive))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            return work.result() if work.done() else Reply(499, ending="reset")
        finally:
            work.cancel()
            gone.cancel()
            await asyncio.gather(work, gone, return_exceptions=True)

    def _models(self, model: str | None) -> Reply:
        if model is None:
            return Reply(200, {"object": "list", "data": self.catalogue.listing()})
        if model not in self.catalogue:
            raise model_not_found(model)
        return Reply(200, self.catalogue.described(model))

    async def _gone(self, receive: Receive) -> None:
        """Until the client gives up or the server closes."""

        async def disconnected() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        waits = {asyncio.create_task(disconnected()), asyncio.create_task(self._closing.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _send(self, reply: Reply, scope: Scope, receive: Receive, send: Send) -> None:
        if reply.ending == "hang":
            await self._gone(receive)
        if reply.ending in {"hang", "reset"}:
            await reset_connection(scope)
        elif reply.events is not None:
            await self._stream(reply, scope, send)
        elif reply.ending == "cut":
            await self._half(reply, scope, send)
        else:
            await _response(reply)(scope, receive, send)

    async def _stream(self, reply: Reply, scope: Scope, send: Send) -> None:
        events = list(reply.events or ())
        shown = events[: max(1, len(events) // 2)] if reply.ending == "cut" else events
        await _start(send, reply, "text/event-stream; charset=utf-8")
        for event in shown:
            await send({"type": "http.response.body", "body": event, "more_body": True})
            await asyncio.sleep(self.chunk_delay_s)
        if reply.ending == "cut":
            await reset_connection(scope)
        else:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _half(self, reply: Reply, scope: Scope, send: Send) -> None:
        body = _encoded(reply.body)
        await _start(send, reply, "application/json", len(body))
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await asyncio.sleep(0.01)
        await reset_connection(scope)


async def _body(request: Request, deployed: str | None) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise ApiError(400, "We could not parse the JSON body of your request.") from None
    if not isinstance(body, dict):
        raise ApiError(400, "We could not parse the JSON body of your request: expected an object.")
    return body if deployed is None else body | {"model": deployed}


def _encoded(body: dict[str, Any] | bytes) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def _headers(reply: Reply) -> dict[str, str]:
    usual = {
        "x-request-id": f"req_{secrets.token_hex(16)}",
        "openai-version": "2020-10-01",
        "openai-processing-ms": "1",
        "x-ratelimit-limit-requests": "10000",
        "x-ratelimit-remaining-requests": "9999",
        "x-ratelimit-reset-requests": "6ms",
    }
    return usual | reply.headers


def _response(reply: Reply) -> Response:
    return Response(_encoded(reply.body), reply.status, _headers(reply), media_type="application/json")


async def _start(send: Send, reply: Reply, kind: str, length: int | None = None) -> None:
    headers = _headers(reply) | {"content-type": kind} | ({} if length is None else {"content-length": str(length)})
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
