"""Chooses the knowledge index: Qdrant where QDRANT_URL is set, else the embedded one in its folder."""

import asyncio
import importlib
from pathlib import Path

from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.settings import CommonSettings


async def open_index(settings: CommonSettings, *, copy: Path | None = None) -> KnowledgeIndex:
    """The index that the settings name; raises KnowledgeIndexUnavailableError.

    Args:
        settings: Where it is.
        copy: A folder that `snapshot` has filled, opened in place of the embedded index. A server needs no copies.
    """
    if settings.qdrant_url:
        # 20 MB and a second of imports: only where it is used, and without holding up the event loop.
        await asyncio.to_thread(importlib.import_module, "supportbot.common.knowledge.qdrant")
        from supportbot.common.knowledge.qdrant import QdrantKnowledgeIndex

        return await QdrantKnowledgeIndex.open(settings.qdrant_url, settings.qdrant_api_key.get_secret_value())
    from supportbot.common.knowledge.edge import EdgeKnowledgeIndex

    return await EdgeKnowledgeIndex.open(copy or settings.vector_db_path)
