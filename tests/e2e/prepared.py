"""The sample, indexed once, for deployments that need not wait for that again."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.deployment import sample_is_indexed
from tests.e2e.network import Network, Stored
from tests.e2e.product import Product
from tests.e2e.services import separate_services
from tests.e2e.waiting import until

INDEXED_WITHIN_S = 120.0
"""A busy machine may need so long."""


def indexed_folder(folder: Path) -> Path:
    """The data folder that one process leaves after an orderly end."""
    made = Product(folder)
    try:
        asyncio.run(made.start())
        assert asyncio.run(made.stop()) == 0
    finally:
        asyncio.run(made.discard())
    return made.folder / "data"


@contextmanager
def indexed_on_servers(network: Network, folder: Path) -> Iterator[Stored]:
    """What separate services leave on their servers, until the block ends."""
    own = network.own(folder)
    made = separate_services(folder, own)
    try:
        asyncio.run(made.start())
        asyncio.run(until(lambda: sample_is_indexed(made), made.log_tail, INDEXED_WITHIN_S))
        assert asyncio.run(made.stop()) == 0
        own.close()
        yield own.stored
    finally:
        asyncio.run(made.discard())
        own.drop()
