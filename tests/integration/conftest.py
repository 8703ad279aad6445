"""What many of these tests stand on: a fake model, a small shop's documents, the admin API and somebody who asks it."""

from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import httpx
import pytest

from supportbot.common.database.transactions import Database
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from tests.fakes.openai import FakeOpenAI
from tests.integration.answering import shop_index
from tests.integration.api_stage import ApiStage


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as fake:
        yield fake


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[EdgeKnowledgeIndex]:
    async with shop_index(tmp_path / "index") as found:
        yield found


@pytest.fixture
def stage(tmp_path: Path, database: Database) -> ApiStage:
    return ApiStage(tmp_path, database)


@pytest.fixture
async def client(stage: ApiStage) -> AsyncGenerator[httpx.AsyncClient]:
    async with stage.client() as client:
        yield client
