"""Adding documents, by this process or by the one that runs on the same data folder."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from supportbot.common.errors import SupportbotError
from supportbot.indexer.domain.documents import Progress
from supportbot.indexer.service import IndexerService
from supportbot.standalone.knowledge import open_knowledge, open_knowledge_of_services
from supportbot.standalone.running import Running, find_services, find_soon, open_stream
from supportbot.standalone.settings import StandaloneSettings


async def index_paths(settings: StandaloneSettings, paths: list[Path]) -> AsyncIterator[dict[str, Any]]:
    """Add files and folders; see `index_lines` for what is told."""
    absolute = [path.expanduser().absolute() for path in paths]
    running = await find_soon(settings.data_folder)
    lines = _elsewhere(running, absolute) if running else _here(settings, absolute)
    async for line in lines:
        yield line


async def index_lines(indexer: IndexerService, paths: list[Path]) -> AsyncIterator[dict[str, Any]]:
    """Tell of each document that is done (`done`, `total`, `document`, `outcome`); last: `given`, `passed_over`."""
    told: asyncio.Queue[Progress | None] = asyncio.Queue()
    work = asyncio.create_task(indexer.index_paths(paths, told.put_nowait), name="index paths")
    work.add_done_callback(lambda _task: told.put_nowait(None))
    try:
        while (progress := await told.get()) is not None:
            yield asdict(progress)
        yield {
            "given": [
                {"source": str(given.source), "document": given.document, **asdict(given.outcome)}
                for given in await work
            ],
            "passed_over": await indexer.passed_over(paths),
        }
    except SupportbotError as error:
        yield {"error": str(error)}
    finally:
        work.cancel()


async def _here(settings: StandaloneSettings, paths: list[Path]) -> AsyncIterator[dict[str, Any]]:
    services_run = find_services(settings.data_folder) is not None
    opened = open_knowledge_of_services(settings) if services_run else open_knowledge(settings, begins_sample=False)
    async with opened as knowledge:
        async for line in index_lines(knowledge.indexer, paths):
            yield line


async def _elsewhere(running: Running, paths: list[Path]) -> AsyncIterator[dict[str, Any]]:
    async for line in open_stream(running, "/local/index", {"paths": [str(path) for path in paths]}):
        yield json.loads(line)
