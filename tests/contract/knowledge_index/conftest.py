"""The implementations that must keep the contract of KnowledgeIndex."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from supportbot.common.knowledge.port import KnowledgeIndex
from tests.fakes.knowledge_index import FakeKnowledgeIndex


@pytest.fixture(params=["edge", "fake"])
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[KnowledgeIndex]:
    """An empty index of each kind in turn."""
    opened: KnowledgeIndex = (
        await EdgeKnowledgeIndex.open(tmp_path / "index") if request.param == "edge" else FakeKnowledgeIndex()
    )
    yield opened
    await opened.close()
