"""Products to be measured, each in an empty folder of its own."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.e2e.product import Product
from tests.fakes.telegram.server import FakeTelegram


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
