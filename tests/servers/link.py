"""A link between a program and its server that can be slow, silent, cut, reset or refused, as networks are."""

import asyncio
import contextlib
import itertools
import socket
import struct
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Protocol, Self

from tests.servers.process import free_port

Toward = Literal["server", "client"]
_CHUNK = 65536
_RESET = struct.pack("ii", 1, 0)
_numbers = itertools.count(1)


@dataclass(eq=False)
class Connection:
    """One connection through a link: two sockets and the task that passes bytes on between them."""

    client: asyncio.StreamWriter
    number: int = field(default_factory=lambda: next(_numbers))
    server: asyncio.StreamWriter | None = None
    task: asyncio.Task[None] | None = None
    spoilt: bool = False
    """Bytes of it were lost, so it can never be used again."""

    def cut(self, *, reset: bool = False) -> None:
        """End it on both sides, at once; `reset` as a crashed machine or a strict firewall does."""
        for end in (self.client, self.server):
            if end is not None:
                if reset:
                    end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                end.transport.abort()
        if self.task is not None:
            self.task.cancel()


class Tap(Protocol):
    """Stands in a link and sees every piece of bytes before it is passed on."""

    async def pass_on(self, connection: Connection, toward: Toward, data: bytes) -> bytes:
        """What is passed on in place of `data`, when this returns."""
        ...


class Link:
    """Passes bytes on in both directions, well or badly. Its server may come later, or go."""

    def __init__(self, host: str, port: int) -> None:
        self.taps: list[Tap] = []
        self.connections: set[Connection] = set()
        self._host = host
        self._port = port
        self.port = free_port()
        """Where clients connect to, before and after it is open."""
        self._flows = asyncio.Event()
        self._flows.set()
        self._delay_s = 0.0
        self._loses_answers = False
        self._resets = False
        self._server: asyncio.Server | None = None

    # what may happen to it

    def hang(self) -> None:
        """Take connections and bytes, and pass nothing on."""
        self._flows.clear()

    def delay(self, seconds: float) -> None:
        """Pass every piece on so much later."""
        self._delay_s = seconds

    def lose_answers(self) -> None:
        """Pass on what clients say, and lose what the server says."""
        self._loses_answers = True

    def cut(self) -> None:
        """End every connection; new ones are passed on."""
        for connection in list(self.connections):
            connection.cut()

    def reset(self) -> None:
        """Answer every connection, old or new, with a TCP reset."""
        self._resets = True
        for connection in list(self.connections):
            connection.cut(reset=True)

    async def refuse(self) -> None:
        """End every connection, and refuse new ones as a machine does on which nobody listens."""
        if self._server is not None:
            server, self._server = self._server, None
            server.close()
        await self._end_all()

    async def mend(self) -> None:
        """Pass everything on again, what was held back first; what has lost bytes is cut."""
        self._delay_s, self._loses_answers, self._resets = 0.0, False, False
        for connection in list(self.connections):
            if connection.spoilt:
                connection.cut()
        self._flows.set()
        if self._server is None:
            await self.open()

    # its life

    async def open(self) -> None:
        """Begin to accept."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def close(self) -> None:
        """End every connection, and refuse new ones."""
        await self.refuse()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _end_all(self) -> None:
        connections = list(self.connections)
        for connection in connections:
            connection.cut()
        await asyncio.gather(*(one.task for one in connections if one.task is not None), return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(writer)
        if self._resets:
            connection.cut(reset=True)
            return
        self.connections.add(connection)
        connection.task = asyncio.create_task(self._connect(connection, reader))
        connection.task.add_done_callback(lambda _: self.connections.discard(connection))

    async def _connect(self, connection: Connection, reader: asyncio.StreamReader) -> None:
        try:
            await self._flows.wait()
            back, connection.server = await asyncio.open_connection(self._host, self._port)
            there = asyncio.create_task(self._carry(connection, reader, connection.server, "server"))
            here = asyncio.create_task(self._carry(connection, back, connection.client, "client"))
            try:
                await asyncio.wait({there, here}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                there.cancel()
                here.cancel()
                await asyncio.gather(there, here, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            connection.client.transport.abort()
        for end in (connection.client, connection.server):
            if end is not None:
                end.close()  # what was said last still arrives

    async def _carry(
        self, connection: Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, toward: Toward
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                if self._delay_s:
                    await asyncio.sleep(self._delay_s)
                await self._flows.wait()
                if toward == "client" and self._loses_answers:
                    connection.spoilt = True
                    continue
                for tap in list(self.taps):
                    data = await tap.pass_on(connection, toward, data)  # each tap sees what the last left
                writer.write(data)
                await writer.drain()
