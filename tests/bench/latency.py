"""How long a question on the web takes until its reply is on the page, at a steady rate; and the search alone."""

import asyncio
import itertools
import json
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import psutil

from supportbot.answerer.answering import open_answering
from supportbot.answerer.domain.answer import Question
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from supportbot.standalone.sample_centre import sample_folder
from supportbot.standalone.settings import StandaloneSettings
from tests.bench.figures import Figure, quantile
from tests.bench.places import new_product
from tests.e2e.product import Product
from tests.e2e.visitor import Visitor

RATE_PER_S = 20
SECONDS = 30
VISITORS = 80
WARM_UP_S = 3
NOTE = "offline answers, durable; client and product share the cores"


def sample_questions() -> list[str]:
    """The questions that come with the sample help centre."""
    lines = (sample_folder() / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


async def measure() -> AsyncIterator[Figure]:
    """The web chat at 20 questions a second, then answering alone on the same index."""
    async with new_product() as product:
        await product.start()
        spent_before = _cpu_seconds(product.pid)
        times = await _at_steady_rate(product)
        spent = _cpu_seconds(product.pid) - spent_before
        asked = f"web question to reply at {RATE_PER_S}/s"
        yield Figure(f"{asked}, p50", quantile(times, 0.5) * 1000, "ms", 15.0, NOTE)
        yield Figure(f"{asked}, p99", quantile(times, 0.99) * 1000, "ms", 50.0, f"{len(times)} questions")
        asked_in_all = RATE_PER_S * (WARM_UP_S + SECONDS)
        yield Figure("processor time per question, streams included", spent / asked_in_all * 1000, "ms")
        await product.stop()
        alone = await _answering_alone(product)
        yield Figure("search and answer in the process, p50", quantile(alone, 0.5) * 1000, "ms")
        yield Figure("search and answer in the process, p99", quantile(alone, 0.99) * 1000, "ms")


def _cpu_seconds(pid: int) -> float:
    used = psutil.Process(pid).cpu_times()
    return float(used.user + used.system)


async def _at_steady_rate(product: Product) -> list[float]:
    times: list[float] = []
    questions = itertools.cycle(random.Random(1).sample(sample_questions(), 100))
    async with AsyncExitStack() as stack:
        visitors = itertools.cycle(
            [await stack.enter_async_context(Visitor(product.base_url)) for _ in range(VISITORS)]
        )

        async def ask(visitor: Visitor, question: str, *, counts: bool) -> None:
            began = time.perf_counter()
            await visitor.ask(question)
            if counts:
                times.append(time.perf_counter() - began)

        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(RATE_PER_S * (WARM_UP_S + SECONDS)):
                await asyncio.sleep(max(0.0, began + number / RATE_PER_S - time.perf_counter()))
                counts = number >= RATE_PER_S * WARM_UP_S
                group.create_task(ask(next(visitors), next(questions), counts=counts))
    return times


async def _answering_alone(product: Product) -> list[float]:
    index = await EdgeKnowledgeIndex.open(product.folder / "data" / "index")
    answer = open_answering(index, StandaloneSettings())
    times = []
    for question in sample_questions():
        began = time.perf_counter()
        await answer(Question(question))
        times.append(time.perf_counter() - began)
    await index.close()
    return times
