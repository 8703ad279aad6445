"""The implementations that must keep the contract of KnowledgeIndex."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from qdrant_client import AsyncQdrantClient

from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.knowledge.qdrant import QdrantKnowledgeIndex
from tests.contract.fakes.qdrant_shapes import assert_as_published
from tests.fakes.knowledge_index import FakeKnowledgeIndex
from tests.fakes.qdrant import FakeQdrant

REAL_URL = os.environ.get("TEST_QDRANT_URL") or os.environ.get("QDRANT_URL") or ""
REAL_KEY = os.environ.get("TEST_QDRANT_API_KEY") or os.environ.get("QDRANT_API_KEY") or ""
NETWORKED = ("qdrant", "real qdrant") if REAL_URL else ("qdrant",)


@asynccontextmanager
async def index_on_fake(folder: Path) -> AsyncIterator[KnowledgeIndex]:
    """On a fake server, whose every exchange is then held against the published interface."""
    async with FakeQdrant(folder) as server:
        opened = await QdrantKnowledgeIndex.open(server.url, look_every_s=0)
        yield opened
        await opened.close()
        assert_as_published(server.exchanges)


@asynccontextmanager
async def index_on_real() -> AsyncIterator[KnowledgeIndex]:
    """In a collection of its own on the server that the settings name."""
    name = f"supportbot-test-{uuid4().hex}"
    opened = await QdrantKnowledgeIndex.open(REAL_URL, REAL_KEY, collection=name, look_every_s=0)
    try:
        yield opened
        await opened.close()
    finally:
        client = AsyncQdrantClient(url=REAL_URL, headers={"api-key": REAL_KEY}, check_compatibility=False)
        await client.delete_collection(name)
        await client.close()


@asynccontextmanager
async def index_of_kind(kind: str, folder: Path) -> AsyncIterator[KnowledgeIndex]:
    """An empty index."""
    if kind == "qdrant":
        async with index_on_fake(folder / "server") as index:
            yield index
    elif kind == "real qdrant":
        async with index_on_real() as index:
            yield index
    else:
        opened = await EdgeKnowledgeIndex.open(folder / "index") if kind == "edge" else FakeKnowledgeIndex()
        yield opened
        await opened.close()


@pytest.fixture(params=["edge", *NETWORKED, "fake"])
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[KnowledgeIndex]:
    """An empty index of each kind in turn."""
    async with index_of_kind(request.param, tmp_path) as opened:
        yield opened
