"""The fake Qdrant: the interface's paths, and /control/."""

import asyncio
import json
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.fakes.control_http import PREFIX, commands_of, run_command
from tests.fakes.qdrant.control import Exchange, Failure, QdrantControl
from tests.fakes.qdrant.errors import QdrantError, unreadable
from tests.fakes.qdrant.routes import VERSION, answer, asked
from tests.fakes.qdrant.store import Store
from tests.fakes.serving import LoopbackServer, Receive, Scope, Send, reset_connection

COMMANDS = commands_of(QdrantControl, {"failure_for"})
_OPEN = {"/healthz": "healthz check passed", "/livez": "healthz check passed", "/readyz": "all shards are ready"}


class FakeQdrant(QdrantControl):
    """A Qdrant server on loopback whose points stay in a folder; itself the control."""

    def __init__(self, folder: Path, *, api_key: str = "", port: int = 0) -> None:
        super().__init__(Store(folder))
        self.api_key = api_key
        self.port = port
        self._server: LoopbackServer | None = None
        self._closing = asyncio.Event()

    @property
    def url(self) -> str:
        """What goes into QDRANT_URL."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self.come_up()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.go_down()
        self.store.close()

    async def come_up(self) -> None:
        """Accept connections, at the same port as before."""
        self._closing.clear()
        self._server = LoopbackServer(self.app, self.port)
        self.port = self._server.port
        await self._server.start()

    async def go_down(self) -> None:
        """Refuse connections; what is stored stays."""
        self._closing.set()
        if self._server is not None:
            await self._server.stop()
            self._server = None

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI app."""
        request = Request(scope, receive)
        if request.url.path.startswith(PREFIX):
            await (await run_command(self, COMMANDS, request))(scope, receive, send)
            return
        failure = self.failure_for(request.url.path)
        if failure is not None:
            await self._wait(failure)
        if failure is not None and failure.kind in {"down", "hang"}:
            await reset_connection(scope)
            return
        response = _failed(failure) or self._respond(request, await request.body())
        if failure is not None and failure.kind == "lost_answer":
            await reset_connection(scope)
            return
        if failure is not None and failure.kind == "held_answer":
            await self._hold()
        await response(scope, receive, send)
        self.changed.beat()

    async def _wait(self, failure: Failure) -> None:
        seconds = None if failure.kind == "hang" else failure.delay_s
        if seconds == 0:
            return
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return

    async def _hold(self) -> None:
        self.held += 1
        self.changed.beat()
        await self.released.wait()

    def _respond(self, request: Request, raw: bytes) -> Response:
        path = request.scope["raw_path"].decode("ascii")
        if path in _OPEN:
            return PlainTextResponse(_OPEN[path])
        given = request.headers.get("api-key") or request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.api_key and given != self.api_key:
            missing = "Must provide an API key or an Authorization bearer token"
            return PlainTextResponse("Invalid API key or JWT" if given else missing, 401)
        if path == "/":
            return JSONResponse({"title": "qdrant - vector search engine", "version": VERSION})
        return self._answered(request.method, path, raw)

    def _answered(self, method: str, path: str, raw: bytes) -> Response:
        body: Any = None
        status, content = 200, {}
        asking = asked(method, path, None)
        try:
            body = _json(raw) if raw else None
            asking = asked(method, path, body)
            content = {"result": answer(self.store, asking), "status": "ok", "time": 0.0001}
        except QdrantError as error:
            if not error.message:
                return Response(status_code=error.status)
            status, content = error.status, error.body()
        self.exchanges.append(Exchange(method, asking.template, body, status, content))
        return Response(json.dumps(content, ensure_ascii=False), status, media_type="application/json")


def _failed(failure: Failure | None) -> Response | None:
    match failure.kind if failure else None:
        case "error":
            return JSONResponse(QdrantError(500, "Service internal error: broken on demand").body(), 500)
        case "busy":
            body = QdrantError(429, "Rate limiting exceeded: read operations").body()
            return JSONResponse(body, 429, {"Retry-After": "1"})
        case "not_json":
            return PlainTextResponse("<html>Bad Gateway</html>")
    return None


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise unreadable(str(error)) from None
