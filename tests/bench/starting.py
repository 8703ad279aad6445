"""From nothing to ready, and from a kill to the next answer."""

import statistics
import time
from collections.abc import AsyncIterator

from tests.bench.figures import Figure
from tests.bench.places import new_product
from tests.e2e.visitor import Visitor

ROUNDS = 3
QUESTION = "How do I return an item?"


async def measure() -> AsyncIterator[Figure]:
    """Start to ready without and with a Telegram token; recovery."""
    for with_telegram, target in ((False, 3.0), (True, 5.0)):
        first: list[float] = []
        again: list[float] = []
        for _ in range(ROUNDS):
            async with new_product(with_telegram=with_telegram) as product:
                for times in (first, again):
                    began = time.monotonic()
                    await product.start()
                    times.append(time.monotonic() - began)
                    await product.stop()
        token = "with a Telegram token" if with_telegram else "without a token"
        yield Figure(f"start to ready, {token}", statistics.median(first), "s", target, "empty folder, sample indexed")
        yield Figure(f"start to ready again, {token}", statistics.median(again), "s", target)
    yield await _recovery()


async def _recovery() -> Figure:
    """SIGKILL, start, and the answer to a question that was accepted before the kill."""
    times = []
    for _ in range(ROUNDS):
        async with new_product() as product:
            await product.start()
            async with Visitor(product.base_url) as visitor:
                await visitor.ask(QUESTION)
                await visitor.say(QUESTION)
                await product.kill()
                began = time.monotonic()
                await product.start()
                await visitor.reply_after(1)
                times.append(time.monotonic() - began)
    return Figure(
        "kill to the next answer on an open page", statistics.median(times), "s", None, "process started at once"
    )
