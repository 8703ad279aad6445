"""Processes and the servers beside them; whatever a test starts is gone when it ends."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.e2e.product import Product
from tests.fakes.telegram.server import FakeTelegram

NewProduct = Callable[..., Product]


@pytest.fixture(scope="session")
def indexed_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after an orderly end, with the sample indexed: most tests need not wait for that again."""
    made = Product(tmp_path_factory.mktemp("indexed"))
    try:
        asyncio.run(made.start())
        assert asyncio.run(made.stop()) == 0
    finally:
        asyncio.run(made.discard())
    return made.folder / "data"


@pytest.fixture
async def new_product(tmp_path: Path, indexed_data: Path) -> AsyncIterator[NewProduct]:
    """Makes products; settings are given as keywords. `empty=True`: one that has never been started before."""
    async with AsyncExitStack() as stack:

        def make(*, empty: bool = False, **settings: str) -> Product:
            folder = tmp_path / "product"
            folder.mkdir()
            if not empty:
                shutil.copytree(indexed_data, folder / "data")
            product = Product(folder, settings)
            stack.push_async_callback(product.discard)
            return product

        yield make


@pytest.fixture
async def product(new_product: NewProduct) -> Product:
    """The product with no settings at all, ready."""
    made = new_product()
    await made.start()
    return made


@pytest.fixture(scope="module")
def shared_product(tmp_path_factory: pytest.TempPathFactory, indexed_data: Path) -> Iterator[Product]:
    """One ready product for the tests of a module that only talk to it; its log has to stay free of errors."""
    made = Product(tmp_path_factory.mktemp("shared"))
    shutil.copytree(indexed_data, made.folder / "data")
    try:
        asyncio.run(made.start())
        yield made
        code = asyncio.run(made.stop())
        assert (code, made.errors_in_log()) == (0, [])
    finally:
        asyncio.run(made.discard())


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    """A Telegram of the test's own."""
    async with FakeTelegram() as fake:
        yield fake


def with_bot(telegram: FakeTelegram, **settings: str) -> dict[str, str]:
    """The settings that join a product to a fake Telegram."""
    return {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_BASE": telegram.base_url, **settings}
