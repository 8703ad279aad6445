"""`supportbot run`: the whole life of the all-in-one process."""

import asyncio
import sys
import time
from collections.abc import Coroutine
from functools import partial
from typing import Any

from supportbot.common.garbage import spare_what_stays
from supportbot.common.process import HttpServer, listen, told_to_stop
from supportbot.common.reloading import reload_on_hangup
from supportbot.common.telemetry.exporting import set_up_tracing
from supportbot.common.telemetry.logging import logger, set_up_logging
from supportbot.common.web.routes import add_routes
from supportbot.standalone.app import build
from supportbot.standalone.indexing import index_lines
from supportbot.standalone.knowledge import Knowledge
from supportbot.standalone.local_api import Upkeep, local_router
from supportbot.standalone.running import announce, withdraw
from supportbot.standalone.settings import StandaloneSettings
from supportbot.standalone.stores import open_stores
from supportbot.standalone.upkeep import rebuild_lines, verify_lines

_FIRST_INDEXING_S = 60.0
_SWITCH_INTERVAL_S = 0.001
"""Python's own 5 ms is what a commit's thread would wait for the busy event loop, twice a commit."""
_log = logger(__name__)


async def run_all(settings: StandaloneSettings) -> None:
    """Start everything, say where it is, and stay until told to stop."""
    begun = time.monotonic()
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    told = told_to_stop()
    set_up_logging("standalone", level=settings.log_level, folder=settings.logs_path, pretty=sys.stderr.isatty())
    reload_on_hangup(type(settings))
    tracing = set_up_tracing("supportbot")
    bound = listen(settings.web_host, settings.port)
    stores = await open_stores(settings)
    try:
        product = build(settings, stores)
        await product.start()
        address = _address(settings.web_host, bound.getsockname()[1])
        first = FirstIndexing(product.knowledge)
        http = product.http({"first_indexing": first.check})
        if product.knowledge is not None:
            running = announce(settings.data_folder, address)
            ask, indexer = product.knowledge.answerer.answer, product.knowledge.indexer
            upkeep = Upkeep(lambda repair: verify_lines(indexer, repair=repair), lambda: rebuild_lines(indexer))
            add_routes(http, local_router(running.key, ask, partial(index_lines, indexer), upkeep))
        server = HttpServer(http, settings.trusted_proxies)
        serving = asyncio.create_task(server.run_until_stopped(bound), name="http")
        try:
            await _until_either(first.done(), told.wait())
            if not told.is_set():
                _say_where(settings, address, await _overview(product.knowledge, settings))
                spare_what_stays()
                _log.info("Ready", seconds=round(time.monotonic() - begun, 2), address=address)
            await told.wait()
            _log.info("Stopping")
        finally:
            if product.knowledge is not None:
                withdraw(settings.data_folder)
            server.stop()
            await product.stop()
            await serving
    finally:
        await stores.close()
        await tracing.close()


class FirstIndexing:
    """At the very first start, the first question is to find something to be answered from: ready means indexed."""

    def __init__(self, knowledge: Knowledge | None) -> None:
        self._knowledge = knowledge
        self._over = knowledge is None

    async def done(self) -> None:
        """Return when there is something to answer from, or it takes so long that questions need not wait for it."""
        if self._knowledge is None:
            return
        try:
            async with asyncio.timeout(_FIRST_INDEXING_S):
                if not await self._knowledge.index.size():
                    await self._knowledge.indexer.until_settled()
        except TimeoutError:
            _log.info("Indexing goes on while questions are answered")
        self._over = True

    async def check(self) -> str | None:
        """For readiness."""
        return None if self._over else "The documents are being indexed for the first time; wait a little"


async def _until_either(*things: Coroutine[Any, Any, object]) -> None:
    """Return when one of them is through; an error of it is raised."""
    tasks = [asyncio.create_task(thing) for thing in things]
    done, left = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    for task in done:
        task.result()


async def _overview(knowledge: Knowledge | None, settings: StandaloneSettings) -> str:
    if knowledge is None:
        return "answered from by another process"
    status = await knowledge.indexer.status()
    counted = f"{status.ready} indexed" + (f", {status.waiting} waiting" if status.waiting else "")
    if status.failed:
        counted += f", {status.failed} could not be read (the log says why)"
    if status.sample:
        return f"{counted}: the sample help centre. Put your own into {settings.documents_path} and it leaves"
    return f"{counted}, from {settings.documents_path}"


def _address(host: str, port: int) -> str:
    shown = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::", "::1", ""} else host  # noqa: S104  # only shown
    return f"http://{shown}:{port}"


def _say_where(settings: StandaloneSettings, address: str, documents: str) -> None:
    """What a person at the terminal needs to know; standard output is theirs, logs go to standard error."""
    lines = ["", f"  Documents  {documents}"]
    if settings.shows_pages:
        lines.insert(1, f"  Inbox      {address}/inbox   (only from this machine)")
    if settings.answers:
        lines.insert(1, f"  Chat       {address}")
    if settings.telegram_bot_token.get_secret_value():
        lines.append("  Telegram   on")
    else:
        lines.append("  Telegram   off; set TELEGRAM_BOT_TOKEN and ADMIN_IDS in .env to switch it on")
    if not settings.openai_api_key.get_secret_value():
        lines.append("  Model      none; answers are the documents' own sentences. Set OPENAI_API_KEY for written ones")
    lines += ["", "  Ctrl-C stops it.", ""]
    print("\n".join(lines), flush=True)  # noqa: T201  # see above
