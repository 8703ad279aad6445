"""Products to be measured, each in an empty folder of its own."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.e2e.product import Product
from tests.e2e.records import PostgresRecords
from tests.fakes.telegram.server import FakeTelegram
from tests.servers.address import PostgresAddress
from tests.servers.databases import create_database, drop_database


@asynccontextmanager
async def new_product_on(server: PostgresAddress, name: str) -> AsyncIterator[Product]:
    """A product that was not started yet, on a new database without tables."""
    records = PostgresRecords(server, name)
    await create_database(server, name)
    given = {"HOST": server.host, "PORT": str(server.port), "USER": server.user, "PASSWORD": server.password}
    settings = {f"DB_{part}": value for part, value in {**given, "NAME": name}.items()}
    with tempfile.TemporaryDirectory(prefix="supportbot-bench-") as folder:
        product = Product(Path(folder), settings, records)
        try:
            yield product
        finally:
            await product.discard()
            records.end()
            await drop_database(server, name)


@asynccontextmanager
async def new_product(*, with_telegram: bool = False) -> AsyncIterator[Product]:
    """A product that was not started yet; with a token, and a fake Telegram in this process, where asked for."""
    with tempfile.TemporaryDirectory(prefix="supportbot-bench-") as folder:
        async with FakeTelegram() as telegram:
            token = {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_BASE": telegram.base_url}
            product = Product(Path(folder), token if with_telegram else {})
            try:
                yield product
            finally:
                await product.discard()
