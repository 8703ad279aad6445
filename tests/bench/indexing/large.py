"""A large knowledge base: how long it takes to open, and to search while more is indexed.

`BENCH_PASSAGES=20000` measures a smaller one: filling takes minutes.
"""

import asyncio
import os
import random
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

from supportbot.answerer.use_cases.retrieve_passages import retrieve_passages
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from supportbot.common.knowledge.passages import Passage
from supportbot.indexer.domain.chunking import chunk_document
from tests.bench.figures import Figure, quantile
from tests.bench.retrieval import fill, question

PASSAGES = 100_000
QUESTIONS = 300
_PER_DOCUMENT = 20


async def measure() -> AsyncIterator[Figure]:
    """Fill an index, open it again, and ask while documents come in."""
    size = int(os.environ.get("BENCH_PASSAGES", "").split(",")[0] or PASSAGES)
    with tempfile.TemporaryDirectory(prefix="supportbot-bench-") as name:
        folder, chance = Path(name), random.Random(0)
        index = await EdgeKnowledgeIndex.open(folder)
        kept = await fill(index, size)
        await index.close()
        began = time.perf_counter()
        index = await EdgeKnowledgeIndex.open(folder)
        await retrieve_passages(question(kept, chance), index)
        yield Figure(f"{size:,} passages, opened and searched once", time.perf_counter() - began, "s", 2)
        indexing = asyncio.create_task(_index_more(index, kept), name="index more")
        try:
            taken = await _ask(index, kept, chance)
        finally:
            indexing.cancel()
            await asyncio.gather(indexing, return_exceptions=True)
            await index.close()
        yield Figure(f"retrieval while indexing, {size:,} passages, median", quantile(taken, 0.5), "ms")
        yield Figure(f"retrieval while indexing, {size:,} passages, 99 of 100", quantile(taken, 0.99), "ms", 20)


async def _index_more(index: EdgeKnowledgeIndex, passages: Sequence[Passage]) -> None:
    """Document after document, as fast as they are taken."""
    number = 0
    while True:
        name = DocumentId(f"more-{number}.md")
        cut = [one for place in range(_PER_DOCUMENT) for one in _passages(name, passages, number + place)]
        await index.replace(name, "1", [replace(passage, position=place) for place, passage in enumerate(cut)])
        number += 1


def _passages(name: DocumentId, passages: Sequence[Passage], number: int) -> list[Passage]:
    return list(chunk_document(name, "More", f"{passages[number % len(passages)].text} {number}."))


async def _ask(index: EdgeKnowledgeIndex, passages: Sequence[Passage], chance: random.Random) -> list[float]:
    """Milliseconds of each question, some of which pass between them."""
    taken = []
    for _ in range(QUESTIONS):
        query = question(passages, chance)
        began = time.perf_counter()
        await retrieve_passages(query, index)
        taken.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.02)
    return taken
