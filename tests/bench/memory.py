"""Resident memory of the whole process tree, idle and while many chats ask."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import psutil

from tests.bench.figures import Figure
from tests.bench.places import new_product
from tests.e2e.product import Product
from tests.e2e.visitor import Visitor

CHATS = 50
QUESTIONS = (
    "How do I return an item?",
    "Сколько стоит доставка?",
    "Do you ship to Kazakhstan?",
    "Как отследить заказ?",
)
SAMPLE_EVERY_S = 0.1
IDLE_AFTER_S = 5.0


def resident_mb(pid: int) -> float:
    """Megabytes of a process and everything below it."""
    total = 0
    top = psutil.Process(pid)
    for process in [top, *top.children(recursive=True)]:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / 1024**2


async def measure() -> AsyncIterator[Figure]:
    """Both without and with a Telegram token."""
    for with_telegram, idle_target, busy_target in ((False, 220.0, 270.0), (True, 300.0, 350.0)):
        token = "with a Telegram token" if with_telegram else "without a token"
        async with new_product(with_telegram=with_telegram) as product:
            await product.start()
            await asyncio.sleep(IDLE_AFTER_S)
            yield Figure(f"memory idle, {token}", resident_mb(product.pid), "MB", idle_target)
            yield Figure(f"memory while {CHATS} chats ask, {token}", await _while_asked(product), "MB", busy_target)


async def _while_asked(product: Product) -> float:
    """The highest value seen while all chats ask and wait for their answers."""
    highest = 0.0

    async def watch() -> None:
        nonlocal highest
        while True:
            highest = max(highest, resident_mb(product.pid))
            await asyncio.sleep(SAMPLE_EVERY_S)

    watching = asyncio.create_task(watch())
    async with AsyncExitStack() as stack:
        visitors = [await stack.enter_async_context(Visitor(product.base_url)) for _ in range(CHATS)]
        for question in QUESTIONS:
            await asyncio.gather(*(visitor.ask(question, within_s=60) for visitor in visitors))
    watching.cancel()
    return highest
