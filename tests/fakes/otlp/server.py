"""The collector: POST /v1/traces as the protocol says, GET /spans for tests."""

import asyncio
import gzip
from collections.abc import Callable
from types import TracebackType
from typing import Self

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes.otlp.spans import Span, read_spans
from tests.fakes.serving import LoopbackServer, Receive, Scope, Send

PROTOBUF = "application/x-protobuf"
_PATIENCE_S = 20.0


class FakeCollector:
    """A collector on loopback."""

    def __init__(self, *, port: int = 0) -> None:
        self.spans: list[Span] = []
        self.requests = 0
        self.status = 200
        """What it answers; 0 hangs."""
        self._server = LoopbackServer(self.app, port)

    @property
    def url(self) -> str:
        """What goes into OTEL_EXPORTER_OTLP_ENDPOINT."""
        return self._server.url

    async def __aenter__(self) -> Self:
        await self._server.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._server.stop()

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI app."""
        request = Request(scope, receive)
        match request.method, request.url.path:
            case "POST", "/v1/traces":
                response = await self._export(request)
            case "GET", "/spans":
                told = {"requests": self.requests, "spans": [span.as_json() for span in self.spans]}
                response = JSONResponse(told)
            case _:
                response = Response(status_code=404)
        await response(scope, receive, send)

    async def _export(self, request: Request) -> Response:
        self.requests += 1
        if self.status == 0:
            await asyncio.Event().wait()
        if self.status != httpx.codes.OK:
            return Response(status_code=self.status)
        if request.headers.get("content-type") != PROTOBUF:
            return Response(status_code=415)
        body = await request.body()
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        try:
            self.spans += read_spans(body)
        except Exception:  # protobuf has many ways to say so
            return Response(status_code=400)
        return Response(ExportTraceServiceResponse().SerializeToString(), media_type=PROTOBUF)


class Collected:
    """What a collector in another process has got."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def spans(self) -> list[Span]:
        """All spans so far."""
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{self._url}/spans")
        return [Span.from_json(one) for one in answer.json()["spans"]]

    async def until(self, condition: Callable[[list[Span]], bool]) -> list[Span]:
        """The spans as soon as they are as wanted; raises AssertionError with their names where they never are."""
        spans: list[Span] = []
        try:
            async with asyncio.timeout(_PATIENCE_S):
                while not condition(spans := await self.spans()):  # noqa: ASYNC110  # of another process
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"the collector got only {sorted(span.name for span in spans)}") from None
        return spans
