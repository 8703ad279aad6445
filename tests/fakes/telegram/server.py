"""The fake Bot API as a server."""

import asyncio
import json
from types import TracebackType
from typing import Any, Self

from starlette.requests import Request
from starlette.responses import Response

from tests.fakes.serving import LoopbackServer, Receive, Scope, Send, reset_connection
from tests.fakes.telegram.api import Reply, call
from tests.fakes.telegram.control import BotControl
from tests.fakes.telegram.control_http import control_response
from tests.fakes.telegram.delivery import WebhookDelivery
from tests.fakes.telegram.errors import ApiError
from tests.fakes.telegram.params import Params, read_params
from tests.fakes.telegram.world import BotWorld

TOKEN = "123456789:AAFakeTokenForTests_0123456789abcdefgh"  # made up, of the right form


class FakeTelegram(BotControl):
    """A Bot API server on loopback; itself the control of its first bot."""

    def __init__(self, token: str = TOKEN, *, username: str = "fake_bot", port: int = 0) -> None:
        super().__init__(BotWorld(token, username))
        self.token = token
        self.bots: dict[str, BotControl] = {token: self}
        self._port = port
        self._server: LoopbackServer | None = None
        self._closing = asyncio.Event()
        self._postmen: dict[str, tuple[WebhookDelivery, asyncio.Task[None]]] = {}

    @property
    def base_url(self) -> str:
        """What goes where https://api.telegram.org would."""
        assert self._server is not None, "start the fake first"
        return self._server.url

    @property
    def delivery(self) -> WebhookDelivery:
        """The webhook postman of the first bot: its pauses can be set, and it can be paused."""
        return self._postmen[self.token][0]

    def add_bot(self, token: str, username: str = "other_bot") -> BotControl:
        """A second bot with its own chats; returns its control."""
        control = self.bots[token] = BotControl(BotWorld(token, username))
        if self._server is not None:
            self._employ(token, control.world)
        return control

    async def __aenter__(self) -> Self:
        self._server = LoopbackServer(self.app, self._port)
        await self._server.start()
        for token, control in self.bots.items():
            self._employ(token, control.world)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        for _, task in self._postmen.values():
            task.cancel()
        await asyncio.gather(*(task for _, task in self._postmen.values()), return_exceptions=True)
        if self._server is not None:
            await self._server.stop()

    def _employ(self, token: str, world: BotWorld) -> None:
        async def answer(method: str, params: Params) -> Reply:
            return await call(world, method, params)

        postman = WebhookDelivery(world, answer)
        self._postmen[token] = (postman, asyncio.create_task(postman.run()))

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI app: the Bot API, its files, and /control/."""
        request = Request(scope, receive)
        path = request.url.path
        if path.startswith("/control/"):
            response = await control_response(self.bots, request)
        elif path.startswith("/file/bot"):
            response = self._file(path)
        else:
            reply = await self._reply(request, path)
            if reply.ending == "reset":
                await reset_connection(scope)
                return
            if reply.ending == "hang":
                await self._hang(receive)
                await reset_connection(scope)
                return
            response = _response(reply)
        await response(scope, receive, send)

    async def _reply(self, request: Request, path: str) -> Reply:
        token, _, method = path.removeprefix("/bot").partition("/")
        if not path.startswith("/bot") or not method or "/" in method:
            return Reply(404, ApiError(404, "Not Found").body())
        if token not in self.bots:
            return Reply(401, ApiError(401, "Unauthorized").body())
        if request.method not in {"GET", "POST"}:
            return Reply(405, ApiError(405, "Method Not Allowed").body())
        try:
            params = await read_params(request)
        except ApiError as error:
            return Reply(error.code, error.body())
        return await self._until_gone(self.bots[token].world, method, params)

    async def _until_gone(self, world: BotWorld, method: str, params: Params) -> Reply:
        """The work, given up when the server closes."""
        work = asyncio.create_task(call(world, method, params))
        closing = asyncio.create_task(self._closing.wait())
        try:
            await asyncio.wait({work, closing}, return_when=asyncio.FIRST_COMPLETED)
            return work.result() if work.done() else Reply(502, b"", "reset")
        finally:
            work.cancel()
            closing.cancel()
            await asyncio.gather(work, closing, return_exceptions=True)

    async def _hang(self, receive: Receive) -> None:
        """Until the client gives up or the server closes."""

        async def gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        waits = {asyncio.create_task(gone()), asyncio.create_task(self._closing.wait())}
        _, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    def _file(self, path: str) -> Response:
        token, _, file_path = path.removeprefix("/file/bot").partition("/")
        control = self.bots.get(token)
        local = control is not None and control.world.local_files is not None  # such a server hands out no files
        data = None if control is None or local else control.world.files.get(file_path.removeprefix("files/"))
        if data is None:
            return _response(Reply(404, ApiError(404, "Not Found").body()))
        return Response(data, media_type="application/octet-stream")


def _response(reply: Reply) -> Response:
    body: Any = reply.body
    if not isinstance(body, bytes):
        body = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return Response(body, reply.status, media_type="application/json")
