"""The drill: how long it takes until a lost system answers again, from its backup, in an empty place.

`DRILL_MESSAGES=1000 DRILL_PASSAGES=400` makes a smaller one.
"""

import asyncio
import json
import os
import secrets
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from supportbot.common.database.connections.postgres import PoolSettings, PostgresDatabase
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.opener import migrate
from supportbot.common.database.transactions import Database
from supportbot.common.ids import BotId
from supportbot.standalone.importing.records import Chat, Said
from supportbot.standalone.importing.storing import store_chats
from tests.bench.catalogue import SECTIONS, until_searched, write_catalogue
from tests.bench.figures import Figure
from tests.bench.places import new_product, new_product_on
from tests.e2e.commands import run_command
from tests.e2e.product import Product
from tests.servers.postgres import postgres_server

MESSAGES = int(os.environ.get("DRILL_MESSAGES", "100000"))
PASSAGES = int(os.environ.get("DRILL_PASSAGES", "20000"))
TARGET_S = 60.0
_PER_CHAT = 100
_LONG_S = 900.0
_BEGAN_AT = 1_760_000_000.0


async def on_a_file() -> AsyncIterator[Figure]:
    """One process with its file."""
    async with new_product() as old, new_product() as new:
        old.database_path.parent.mkdir(parents=True, exist_ok=True)
        async for figure in _drill(old, new, SqliteDatabase(old.database_path), "one file"):
            yield figure


async def on_postgres() -> AsyncIterator[Figure]:
    """The database that services share, lost and brought back on a new one of the same server."""
    with postgres_server() as server:
        names = [f"supportbot_drill_{which}_{secrets.token_hex(3)}" for which in ("old", "new")]
        async with new_product_on(server, names[0]) as old, new_product_on(server, names[1]) as new:
            database = PostgresDatabase(server.url(names[0]), PoolSettings())
            async for figure in _drill(old, new, database, "PostgreSQL"):
                yield figure


async def _drill(old: Product, new: Product, database: Database, kind: str) -> AsyncIterator[Figure]:
    """Back up, restore, start, answer; what people wait for is from `restore` to the first answer."""
    await asyncio.to_thread(write_catalogue, old.documents, PASSAGES)
    await _fill(database)
    await old.start()
    passages = await until_searched(old, PASSAGES)
    of = f"{MESSAGES:,} messages and replies, {passages:,} passages"
    archive = old.folder / "backups"
    yield Figure(f"{kind}: backup, {of}", await _timed(old, "backup", "--to", str(archive)), "s", None, "while it runs")
    await old.kill()
    file = archive / "telegram_bot_backup_latest_complete.tar.gz"
    yield Figure(f"{kind}: backup verify", await _timed(old, "backup", "verify", str(file)), "s")
    began = time.monotonic()
    restored = await _timed(new, "restore", "--yes", str(file))
    yield Figure(f"{kind}: restore", restored, "s")
    await new.start()
    yield Figure(f"{kind}: restore and start to ready", time.monotonic() - began, "s", TARGET_S)
    await _until_answered(new)
    yield Figure(f"{kind}: restore to the first answer", time.monotonic() - began, "s", TARGET_S)
    await until_searched(new, PASSAGES)
    whole = time.monotonic() - began
    yield Figure(f"{kind}: restore to every passage searched", whole, "s", None, "answers come meanwhile")


async def _fill(database: Database) -> None:
    """Conversations that are over, through the same door as those of another bot."""
    await migrate(database)
    await store_chats(database, BotId("123456789"), [_chat(number) for number in range(MESSAGES // _PER_CHAT)])
    await database.close()


def _chat(number: int) -> Chat:
    said = [
        Said(
            f"drill:{number}:{place}",
            "machine" if place % 2 else "user",
            f"Where is the article a{number * _PER_CHAT + place}, please?",
            datetime.fromtimestamp(_BEGAN_AT + number * 1000 + place, UTC),
        )
        for place in range(_PER_CHAT)
    ]
    return Chat(1000 + number, said=said)


async def _timed(product: Product, *arguments: str) -> float:
    began = time.monotonic()
    done = await run_command(*arguments, folder=product.folder, settings=product.settings, timeout_s=_LONG_S)
    assert done.code == 0, done.said
    return time.monotonic() - began


async def _until_answered(product: Product) -> None:
    question = f"Where is the article a{SECTIONS // 2} kept?"
    async with asyncio.timeout(_LONG_S):
        while True:
            done = await run_command("ask", question, "--json", folder=product.folder, settings=product.settings)
            answer: dict[str, Any] = json.loads(done.output or "{}")
            if answer.get("decision") == "answer":
                return
            await asyncio.sleep(0.5)
