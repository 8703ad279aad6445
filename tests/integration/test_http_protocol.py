"""HTTP requests without end are refused before they fill the memory; long bodies are none of them."""

import asyncio
from collections.abc import AsyncGenerator, Iterator

import pytest
from fastapi import FastAPI, Request

from supportbot.common.process import HttpServer, listen
from supportbot.common.web.http_protocol import HEAD_LIMIT

SOON_S = 10
PIECE = b"x" * 8192


@pytest.fixture
async def port() -> AsyncGenerator[int]:
    application = FastAPI()

    @application.post("/size")
    async def size(request: Request) -> int:
        return len(await request.body())

    bound = listen("127.0.0.1", 0)
    server = HttpServer(application)
    serving = asyncio.create_task(server.run_until_stopped(bound))
    yield bound.getsockname()[1]
    server.stop()
    await serving


def headers_without_end() -> Iterator[bytes]:
    yield b"GET / HTTP/1.1\r\n"
    while True:
        yield b"a: " + PIECE + b"\r\n"


def one_header_without_end() -> Iterator[bytes]:
    yield b"GET / HTTP/1.1\r\na: "
    while True:
        yield PIECE


def request_line_without_end() -> Iterator[bytes]:
    yield b"GET /"
    while True:
        yield PIECE


def trailers_without_end() -> Iterator[bytes]:
    yield b"POST /size HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
    while True:
        yield b"a: " + PIECE + b"\r\n"


@pytest.mark.parametrize(
    "pieces", [headers_without_end(), one_header_without_end(), request_line_without_end(), trailers_without_end()]
)
async def test_a_request_without_end_is_refused(port: int, pieces: Iterator[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sent = 0
    async with asyncio.timeout(SOON_S):
        while not reader.at_eof() and sent < 100 * HEAD_LIMIT:
            piece = next(pieces)
            sent += len(piece)
            try:
                writer.write(piece)
                await writer.drain()
            except ConnectionError:
                break
    writer.close()
    assert sent < 100 * HEAD_LIMIT


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_body_is_longer_than_a_head_may_be(port: int, chunked: bool) -> None:
    body = PIECE * 40
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    if chunked:
        head, parts = b"transfer-encoding: chunked", [b"2000\r\n" + PIECE + b"\r\n"] * 40 + [b"0\r\n\r\n"]
    else:
        head, parts = b"content-length: " + str(len(body)).encode(), [body]
    writer.write(b"POST /size HTTP/1.1\r\nhost: a\r\nconnection: close\r\n" + head + b"\r\n\r\n" + b"".join(parts))
    async with asyncio.timeout(SOON_S):
        answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(str(len(body)).encode())
