"""Verifying and rebuilding the index, by this process or by the one that runs on the same data folder."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict
from typing import Any

from supportbot.common.errors import SupportbotError
from supportbot.indexer.service import IndexerService
from supportbot.standalone.knowledge import Knowledge, open_knowledge, open_knowledge_of_services
from supportbot.standalone.running import find_services, find_soon, open_stream
from supportbot.standalone.settings import StandaloneSettings

VERIFY, REBUILD = "/local/index/verify", "/local/index/rebuild"


async def verify(settings: StandaloneSettings, *, repair: bool) -> dict[str, Any]:
    """The report of `VerifyIndex`."""
    running = await find_soon(settings.data_folder)
    if running is not None:
        lines = [json.loads(line) async for line in open_stream(running, VERIFY, {"repair": repair})]
        return _last(lines)
    async with _opened(settings) as knowledge:
        return asdict(await knowledge.indexer.verify(repair=repair))


async def rebuild(settings: StandaloneSettings) -> AsyncIterator[dict[str, Any]]:
    """`done` and `total` as it goes on; last: `written`."""
    running = await find_soon(settings.data_folder)
    if running is not None:
        async for line in open_stream(running, REBUILD, {}):
            yield _checked(json.loads(line))
        return
    async with _opened(settings) as knowledge:
        async for told in rebuild_lines(knowledge.indexer):
            yield _checked(told)


async def rebuild_lines(indexer: IndexerService) -> AsyncIterator[dict[str, Any]]:
    """What `rebuild` tells, or an `error` as the last."""
    told: asyncio.Queue[dict[str, int] | None] = asyncio.Queue()
    work = asyncio.create_task(
        indexer.rebuild(lambda done, total: told.put_nowait({"done": done, "total": total})), name="rebuild the index"
    )
    work.add_done_callback(lambda _task: told.put_nowait(None))
    try:
        while (progress := await told.get()) is not None:
            yield progress
        yield {"written": await work}
    except SupportbotError as error:
        yield {"error": str(error)}
    finally:
        work.cancel()


async def verify_lines(indexer: IndexerService, *, repair: bool) -> AsyncIterator[dict[str, Any]]:
    """The report, or an `error`."""
    try:
        yield asdict(await indexer.verify(repair=repair))
    except SupportbotError as error:
        yield {"error": str(error)}


def _opened(settings: StandaloneSettings) -> AbstractAsyncContextManager[Knowledge]:
    """Without anybody at work: that would mend what is to be looked at."""
    if find_services(settings.data_folder) is not None:
        return open_knowledge_of_services(settings)
    return open_knowledge(settings, working=False)


def _last(lines: list[dict[str, Any]]) -> dict[str, Any]:
    return _checked(lines[-1] if lines else {"error": "The running process said nothing; its log says why"})


def _checked(told: dict[str, Any]) -> dict[str, Any]:
    if "error" in told:
        raise SupportbotError(told["error"])
    return told
