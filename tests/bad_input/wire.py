"""HTTP as bytes on a socket: what no client library would send."""

import asyncio
import contextlib
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass

ANSWERED_WITHIN_S = 20.0
PIECE = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """What came back; a status of 0 means that the connection was closed without a word."""

    status: int
    head: str = ""
    body: str = ""


def request(method: str, path: str, headers: Mapping[str, str | bytes], body: bytes = b"") -> bytes:
    """A request with exactly these headers; `Content-Length` and `Host` are not added."""
    lines = [f"{method} {path} HTTP/1.1".encode()]
    lines += [name.encode() + b": " + (v if isinstance(v, bytes) else v.encode()) for name, v in headers.items()]
    return b"\r\n".join([*lines, b"", body])


async def exchange(port: int, sent: bytes | AsyncIterable[bytes], *, hang_up: bool = False) -> Answer:
    """Send bytes to a server on this machine and read its answer; `hang_up`: say no more once they are sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sending = asyncio.create_task(_send(writer, sent, hang_up=hang_up))
    try:
        async with asyncio.timeout(ANSWERED_WITHIN_S):
            return await _read(reader)
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def repeated(head: bytes, piece: bytes, times: int) -> AsyncIterator[bytes]:
    """A request that goes on and on."""
    yield head
    for _ in range(times):
        yield piece


async def _send(writer: asyncio.StreamWriter, sent: bytes | AsyncIterable[bytes], *, hang_up: bool) -> None:
    with contextlib.suppress(ConnectionError):
        if isinstance(sent, bytes):
            writer.write(sent)
        else:
            async for piece in sent:
                writer.write(piece)
                await writer.drain()
        await writer.drain()
        if hang_up:
            writer.write_eof()


async def _read(reader: asyncio.StreamReader) -> Answer:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        body = b""
        for line in head.lower().split("\r\n"):
            if line.startswith("content-length:"):
                body = await reader.readexactly(int(line.partition(":")[2]))
    except (asyncio.IncompleteReadError, ConnectionError):
        return Answer(0)
    return Answer(int(head.split(" ", 2)[1]), head, body.decode())
