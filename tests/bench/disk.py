"""How much disk a question with its answer takes, and a passage of a document."""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from tests.bench.catalogue import until_searched, write_catalogue
from tests.bench.figures import Figure
from tests.bench.places import new_product, new_product_on
from tests.e2e.product import Product
from tests.e2e.visitor import Visitor
from tests.servers.postgres import ServerMissingError, postgres_server

QUESTIONS = 400
VISITORS = 40
PASSAGES = 2000
_KB = 1024
Size = Callable[[Product], int]


async def measure() -> AsyncIterator[Figure]:
    """One file; then PostgreSQL, where it can be had."""
    async with new_product() as product:
        async for figure in _grown(product, _of_files, "one file"):
            yield figure
    try:
        with postgres_server() as server:
            async with new_product_on(server, f"supportbot_disk_{secrets.token_hex(3)}") as product:
                async for figure in _grown(product, _of_server, "PostgreSQL"):
                    yield figure
    except ServerMissingError:
        return


async def _grown(product: Product, size: Size, kind: str) -> AsyncIterator[Figure]:
    written = await asyncio.to_thread(write_catalogue, product.documents, PASSAGES)
    await product.start()
    passages = await until_searched(product, PASSAGES)
    index = _size(product.folder / "data" / "index")
    of = f"{passages:,} passages of {written / passages:.0f} bytes"
    yield Figure(f"{kind}: index of a passage", index / passages / _KB, "KB", None, of)
    await product.stop()
    before = size(product)
    await product.start()
    await _ask(product)
    await product.stop()
    grown = (size(product) - before) / QUESTIONS / _KB
    yield Figure(f"{kind}: a question with its answer", grown, "KB", None, f"{QUESTIONS} questions, without a model")


async def _ask(product: Product) -> None:
    numbers = itertools.count()

    async def visit(count: int) -> None:
        async with Visitor(product.base_url) as visitor:
            for _ in range(count):
                await visitor.ask(f"Where is the article a{next(numbers)} kept, and what does it cost?")

    async with asyncio.TaskGroup() as group:
        for _ in range(VISITORS):
            group.create_task(visit(QUESTIONS // VISITORS))


def _of_files(product: Product) -> int:
    return sum(path.stat().st_size for path in product.database_path.parent.glob(f"{product.database_path.name}*"))


def _of_server(product: Product) -> int:
    return int(product.rows("SELECT pg_database_size(current_database())")[0][0])


def _size(folder: Path) -> int:
    """What files take on the disk, which may be less than their length."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())
