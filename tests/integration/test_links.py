"""The links that faults are done with: each does to a connection what it says, and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import asyncpg  # type: ignore[import-untyped]
import pytest

from tests.servers.address import PostgresAddress
from tests.servers.amqp_wire import ACKNOWLEDGE, Confirms
from tests.servers.link import Connection, Link
from tests.servers.postgres_wire import Sql, stop_at_commit
from tests.servers.stops import stop_at

SOON_S = 0.2


@pytest.fixture
async def link() -> AsyncIterator[Link]:
    """To a server that says back what it hears, in capitals."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data.upper())
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with Link("127.0.0.1", server.sockets[0].getsockname()[1]) as opened:
        yield opened
    server.close()


class Client:
    """One connection through a link."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def say(self, data: bytes) -> None:
        self.writer.write(data)

    async def hear(self) -> bytes:
        async with asyncio.timeout(5):
            return await self.reader.read(100)

    async def ended(self) -> bool:
        with suppress(ConnectionResetError):
            return not await self.hear()
        return True

    async def hears_nothing(self) -> bool:
        try:
            async with asyncio.timeout(SOON_S):
                return not await self.reader.read(100)
        except TimeoutError:
            return True


Connect = Callable[[Link], Awaitable[Client]]


@pytest.fixture
async def connected() -> AsyncIterator[Connect]:
    """Opens connections that are closed when the test ends."""
    clients: list[Client] = []

    async def connect(link: Link) -> Client:
        clients.append(Client(*await asyncio.open_connection("127.0.0.1", link.port)))
        return clients[-1]

    yield connect
    for client in clients:
        client.writer.close()
        with suppress(OSError):
            await client.writer.wait_closed()


async def test_what_was_held_back_arrives_when_a_link_is_mended(link: Link, connected: Connect) -> None:
    client = await connected(link)
    link.hang()
    client.say(b"a")
    assert await client.hears_nothing()
    await link.mend()
    assert await client.hear() == b"A"


async def test_a_connection_whose_answers_were_lost_is_cut_when_the_link_is_mended(
    link: Link, connected: Connect
) -> None:
    client = await connected(link)
    link.lose_answers()
    client.say(b"a")
    assert await client.hears_nothing()
    await link.mend()
    assert await client.ended()
    again = await connected(link)
    again.say(b"b")
    assert await again.hear() == b"B"


async def test_a_link_that_resets_resets_old_connections_and_new_ones(link: Link, connected: Connect) -> None:
    old = await connected(link)
    old.say(b"a")
    assert await old.hear() == b"A"
    link.reset()
    with pytest.raises(ConnectionResetError):
        await old.hear()
    with pytest.raises(ConnectionResetError):
        await (await connected(link)).hear()


async def test_a_link_that_refuses_is_as_if_nobody_listened_until_it_is_mended(link: Link, connected: Connect) -> None:
    await link.refuse()
    with pytest.raises(ConnectionRefusedError):
        await connected(link)
    await link.mend()
    client = await connected(link)
    client.say(b"a")
    assert await client.hear() == b"A"


async def test_a_stop_before_words_keeps_them_from_the_server_and_lets_others_pass(
    link: Link, connected: Connect
) -> None:
    stop = stop_at(link, b"stop", "before")
    stopped, other = await connected(link), await connected(link)
    stopped.say(b"please stop")
    await stop.reached()
    other.say(b"go")
    assert await other.hear() == b"GO"
    assert await stopped.hears_nothing()
    stop.let_go()
    assert await stopped.hear() == b"PLEASE STOP"


async def test_a_stop_after_words_lets_the_server_act_and_keeps_its_answer(link: Link, connected: Connect) -> None:
    stop = stop_at(link, b"stop", "after")
    client = await connected(link)
    client.say(b"stop")
    await stop.reached()
    stop.cut()
    assert await client.hears_nothing()


@pytest.mark.postgres
@pytest.mark.parametrize(("moment", "stored"), [("before", 0), ("after", 1)])
async def test_a_transaction_is_stopped_at_its_commit(
    postgres_address: PostgresAddress, moment: str, stored: int
) -> None:
    at = postgres_address
    login = {"user": at.user, "password": at.password, "database": at.database, "host": "127.0.0.1"}
    async with Link(at.host, at.port) as link:
        link.taps.append(Sql())
        direct = await asyncpg.connect(port=at.port, **login)
        await direct.execute("DROP TABLE IF EXISTS stopped; CREATE TABLE stopped (number int)")
        client = await asyncpg.connect(port=link.port, **login)
        insert = await client.prepare("INSERT INTO stopped VALUES ($1)")
        stop = stop_at_commit(link, "INSERT INTO stopped", "before" if moment == "before" else "after")

        async def store() -> None:
            async with client.transaction():
                await client.fetch("SELECT 1")
            async with client.transaction():
                await insert.fetch(1)

        storing = asyncio.create_task(store())
        await stop.reached()
        stop.cut()
        with pytest.raises((OSError, asyncpg.PostgresConnectionError)):
            await storing
        assert await direct.fetchval("SELECT count(*) FROM stopped") == stored
        await direct.execute("DROP TABLE stopped")
        await direct.close()


async def test_confirms_are_lost_and_other_frames_pass_however_they_are_cut(connected: Connect) -> None:
    confirm = bytes([1, 0, 1, 0, 0, 0, 13]) + ACKNOWLEDGE + bytes(9) + b"\xce"
    heartbeat = bytes([8, 0, 0, 0, 0, 0, 0, 0xCE])
    confirms = Confirms()
    confirms.losing = True
    async with Link("127.0.0.1", 1) as link:
        client = await connected(link)
        connection = Connection(client.writer)
        said = heartbeat + confirm + heartbeat
        passed = [await confirms.pass_on(connection, "client", bytes([byte])) for byte in said]
        assert (b"".join(passed), confirms.lost) == (heartbeat * 2, 1)
