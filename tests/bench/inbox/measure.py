"""What the inbox's pages and its API take on the server with 100,000 conversations and 1,000,000 messages."""

import contextlib
import re
import time
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from supportbot.admin_api import app as admin_api
from supportbot.admin_api.access.audit import COMMAND
from supportbot.admin_api.access.tokens import Tokens
from supportbot.admin_api.operators.service import NewOperator, OperatorService
from supportbot.common.bus.local import LocalBus
from supportbot.common.database.api_keys import create_key, new_key
from supportbot.common.database.connections.postgres import PostgresDatabase
from supportbot.common.database.transactions import Database
from tests.bench.figures import Figure, quantile
from tests.bench.inbox.seeding import Amount, seed
from tests.fakes.files import FilesInMemory
from tests.servers.databases import POOL, drop_database, make_postgres
from tests.servers.postgres import postgres_server

TIMES = 60
TARGET_MS = 200.0
PASSWORD = "correct horse battery staple"
ORIGIN = "http://support.example"
PAGES = {
    "view waiting": "/inbox",
    "view mine": "/inbox?view=mine",
    "view unassigned": "/inbox?view=unassigned",
    "view snoozed": "/inbox?view=snoozed",
    "view resolved": "/inbox?view=closed",
    "view all": "/inbox?view=all",
    "one label": "/inbox?view=all&label=label 7",
    "search, a common word": "/inbox?q=order",
    "search, a Russian word": "/inbox?q=возврата",
    "search, two words": "/inbox?q=delivery w1234",
    "search, a rare word": "/inbox?q=w777",
    "search, a name": "/inbox?q=person 4242",
    "search, nothing": "/inbox?q=nothingofthekind",
    "a conversation": "/inbox/{id}",
    "API, a page": "/api/v1/conversations?limit=50",
    "API, who waits": "/api/v1/conversations?state=waiting&limit=50",
    "API, a conversation": "/api/v1/conversations/{id}",
}


async def measure() -> AsyncIterator[Figure]:
    """p95 of each page, asked one after another in this process, without the network."""
    async with _filled() as database, _client(database) as client:
        page = await client.get("/inbox?view=all")
        found = re.search(r'data-id="([0-9a-f-]{36})"', page.text)
        assert found is not None, page.text
        for name, path in PAGES.items():
            taken = [await _ask(client, path.replace("{id}", found[1])) for _ in range(TIMES)]
            note = f"p50 {quantile(taken, 0.5):.0f} ms, most {max(taken):.0f} ms"
            yield Figure(f"inbox, p95: {name}", quantile(taken, 0.95), "ms", TARGET_MS, note)


@contextlib.asynccontextmanager
async def _filled() -> AsyncIterator[PostgresDatabase]:
    with postgres_server() as server:
        await make_postgres(server, "bench_inbox")
        database = PostgresDatabase(server.url("bench_inbox"), POOL)
        try:
            await seed(server.url("bench_inbox"), Amount())
            yield database
        finally:
            await database.close()
            await drop_database(server, "bench_inbox")


@contextlib.asynccontextmanager
async def _client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A signed-in operator who has taken a hundred conversations, with a key of a program beside."""
    tokens = Tokens("a-key-of-the-measurement-that-signs-nothing", 3600)
    service = admin_api.build(admin_api.Dependencies(database, LocalBus(), FilesInMemory(), 0, tokens))
    app = FastAPI()
    for router in service.routers:
        app.include_router(router)
    anna = await OperatorService(database).add(COMMAND, NewOperator("anna", "Anna", "admin", PASSWORD))
    await _take_some(database, anna)
    key = new_key()
    await database.write(lambda tx: create_key(tx, key=key, name="bench", scopes=("inbox",)))
    transport = httpx.ASGITransport(app, client=("203.0.113.7", 40000))
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers, timeout=60) as client:
        form = {"login": "anna", "password": PASSWORD}
        await client.post("/inbox/sign-in", data=form, headers={"Accept": "text/html", "Origin": ORIGIN})
        yield client


async def _take_some(database: Database, operator_id: UUID) -> None:
    some = "SELECT id, :anna, now() FROM conversations WHERE mode = 'person' ORDER BY created_at DESC LIMIT 100"
    taken = text(f"INSERT INTO assignments (conversation_id, operator_id, taken_at) {some}").bindparams(
        anna=operator_id
    )
    await database.write(lambda tx: tx.execute(taken))


async def _ask(client: httpx.AsyncClient, path: str) -> float:
    begun = time.perf_counter()
    answer = await client.get(path)
    taken = (time.perf_counter() - begun) * 1000
    assert answer.status_code == 200, (path, answer.status_code, answer.text[:200])
    return taken
