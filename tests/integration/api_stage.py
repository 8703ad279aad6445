"""The admin API beside the indexer and the answerer on one database, as programs use it: over HTTP, with a key."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from supportbot.admin_api import app as admin_api
from supportbot.admin_api.access.pace import PER_MINUTE
from supportbot.admin_api.access.tokens import Tokens
from supportbot.common.bus.local import LocalBus
from supportbot.common.database.api_keys import SCOPES, Scope, create_key, new_key
from supportbot.common.database.document_versions import KEPT
from supportbot.common.database.outbox import OutboxPublisher
from supportbot.common.database.transactions import Database
from supportbot.common.files.folder import FolderFiles
from supportbot.common.files.port import Files
from supportbot.common.files.postgres import PostgresFiles
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from supportbot.common.web.routes import add_routes
from supportbot.indexer import app as indexer
from supportbot.indexer.service import IndexerService
from tests.integration.indexing import eventually

LIMIT = 300_000
SIGNING_KEY = "a-key-of-the-tests-that-signs-nothing-of-value"
DOCUMENTS = "/api/v1/documents"
DEAD_LETTERS = "/api/v1/dead-letters"
COSTS = "/api/v1/costs"
ANSWERS = "/api/v1/answers"
FAQ = "/api/v1/faq"
CONVERSATIONS = "/api/v1/conversations"


class ApiStage:
    """The admin API over a database."""

    def __init__(
        self,
        folder: Path,
        database: Database,
        files: Files | None = None,
        *,
        kept: int = KEPT,
        per_minute: int = PER_MINUTE,
    ) -> None:
        self.folder = folder
        self.database = database
        by_kind: Files = PostgresFiles(database) if database.dialect == "postgresql" else FolderFiles(folder / "files")
        self.files = files or by_kind
        self.tokens = Tokens(SIGNING_KEY, 3600)
        given = admin_api.Dependencies(
            database,
            LocalBus(),
            self.files,
            LIMIT,
            self.tokens,
            versions_kept=kept,
            requests_per_minute=per_minute,
        )
        self.service = admin_api.build(given)
        self.app = FastAPI()
        add_routes(self.app, *self.service.routers)

    async def key(self, *scopes: Scope, name: str = "tests") -> str:
        """A new key."""
        key = new_key()
        await self.database.write(lambda tx: create_key(tx, key=key, name=name, scopes=scopes or SCOPES))
        return key

    @asynccontextmanager
    async def client(self, key: str | None = None, **headers: str) -> AsyncGenerator[httpx.AsyncClient]:
        """A program with a key of its own, good for everything."""
        key = await self.key() if key is None else key
        transport = httpx.ASGITransport(self.app, client=("203.0.113.7", 40000))
        given = {"Authorization": f"Bearer {key}", **headers} if key else headers
        async with httpx.AsyncClient(transport=transport, base_url="http://support.example", headers=given) as client:
            yield client

    @asynccontextmanager
    async def indexing(self, *, hears: bool = True) -> AsyncGenerator[tuple[IndexerService, EdgeKnowledgeIndex]]:
        """The indexer at work; without `hears` every event is lost, and it finds its work by looking."""
        documents, bus = self.folder / "documents", LocalBus()
        index = await EdgeKnowledgeIndex.open(self.folder / "index")
        service = indexer.build(
            indexer.Dependencies(self.database, bus, index, self.files, documents, upload_limit=LIMIT)
        )
        outbox = OutboxPublisher(self.database, bus if hears else LocalBus())
        await outbox.start()
        await bus.start()
        await service.start()
        try:
            yield service, index
        finally:
            await service.stop()
            await bus.stop(1)
            await outbox.stop()
            await index.close()


async def until_state(client: httpx.AsyncClient, document_id: str, state: str) -> dict[str, Any]:
    """The document as soon as it is in a state."""
    document: dict[str, Any] = {}

    async def holds() -> bool:
        nonlocal document
        document = (await client.get(f"{DOCUMENTS}/{document_id}")).json()
        return document.get("state") == state

    await eventually(holds)
    return document
