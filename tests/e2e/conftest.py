"""Processes and the servers beside them; whatever a test starts is gone when it ends."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.e2e.product import Product
from tests.fakes.telegram.server import FakeTelegram

NewProduct = Callable[..., Product]


@pytest.fixture
async def new_product(tmp_path: Path) -> AsyncIterator[NewProduct]:
    """Makes a product in an empty folder; `folder=` names another one, settings are given as keywords."""
    async with AsyncExitStack() as stack:

        def make(folder: str = "product", *, before_exec: Callable[[], None] | None = None, **settings: str) -> Product:
            place = tmp_path / folder
            place.mkdir(exist_ok=True)
            product = Product(place, settings, before_exec)
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
def shared_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One ready product for the tests of a module that only talk to it; its log has to stay free of errors."""
    made = Product(tmp_path_factory.mktemp("shared"))
    asyncio.run(made.start())
    yield made
    code = asyncio.run(made.stop())
    assert (code, made.errors_in_log()) == (0, [])


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    """A Telegram of the test's own."""
    async with FakeTelegram() as fake:
        yield fake


def with_bot(telegram: FakeTelegram, **settings: str) -> dict[str, str]:
    """The settings that join a product to a fake Telegram."""
    return {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_BASE": telegram.base_url, **settings}
