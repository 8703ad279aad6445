"""How long a search takes in an embedded index of 1,000, 20,000 and 100,000 passages.

`BENCH_PASSAGES=1000,20000` measures fewer sizes: filling the largest takes minutes.
"""

import os
import random
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from supportbot.answerer.domain.answer import Question
from supportbot.answerer.domain.query import Query, read_question
from supportbot.answerer.use_cases.retrieve_passages import retrieve_passages
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.access import Audience
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from supportbot.common.knowledge.passages import Candidate, Passage, SparseVector
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.knowledge.senses import Sense
from supportbot.indexer.domain.chunking import chunk_document
from tests.bench.figures import Figure, quantile

SIZES = (1_000, 20_000, 100_000)
TARGETS_MS = {1_000: (0.5, None), 20_000: (1.0, 5.0), 100_000: (3.0, None)}
"""Of the search itself: the median, and what 99 of 100 stay below."""
QUESTIONS = 300
VOCABULARY = 40_000
WORDS = 80
ASKED = 7
PER_DOCUMENT = 20
_SYLLABLES = "ba ko li me nu ra so te vi za du fe gi ho ja pe".split()


async def measure() -> AsyncIterator[Figure]:
    """Fill an index, warm it up, ask; for each size anew."""
    for size in [int(one) for one in os.environ.get("BENCH_PASSAGES", "").split(",") if one] or SIZES:
        with tempfile.TemporaryDirectory(prefix="supportbot-bench-") as folder:
            index = await EdgeKnowledgeIndex.open(Path(folder))
            passages = await fill(index, size)
            for figure in await _ask(index, passages, size):
                yield figure
            await index.close()


async def fill(index: EdgeKnowledgeIndex, size: int) -> list[Passage]:
    """Passages of made-up words, some of which are in nearly all and most in hardly any, as in a language."""
    chance = random.Random(size)  # the same text every time
    words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) for _ in range(VOCABULARY)]
    shares = [1 / place for place in range(1, VOCABULARY + 1)]
    kept: list[Passage] = []
    for number in range(size // PER_DOCUMENT):
        name = DocumentId(f"{number}.md")
        texts = [" ".join(chance.choices(words, shares, k=WORDS)) for _ in range(PER_DOCUMENT)]
        passages = [
            passage
            for place, text in enumerate(texts)
            for passage in chunk_document(name, words[number % VOCABULARY], f"{text}. {place}.")
        ]
        numbered = [replace(passage, position=place) for place, passage in enumerate(passages)]
        await index.replace(name, "1", numbered)
        kept.append(numbered[0])
    return kept


def question(passages: Sequence[Passage], chance: random.Random) -> Query:
    """About one of these passages."""
    asked = chance.sample(chance.choice(passages).text.rstrip(".").split(), ASKED)
    return read_question(Question(f"how {' '.join(asked)}?"))


async def _ask(index: EdgeKnowledgeIndex, passages: Sequence[Passage], size: int) -> list[Figure]:
    chance = random.Random(0)
    searches, whole = [], []
    timed = _Timed(index)
    for _ in range(QUESTIONS):
        query = question(passages, chance)
        began = time.perf_counter()
        await retrieve_passages(query, cast(KnowledgeIndex, timed))
        whole.append((time.perf_counter() - began) * 1000)
        searches.append(timed.taken_ms)
        timed.taken_ms = 0.0
    median, most = TARGETS_MS.get(size, (None, None))
    name = f"{size:,} passages"
    return [
        Figure(f"search, {name}, median", quantile(searches[20:], 0.5), "ms", median),
        Figure(f"search, {name}, 99 of 100", quantile(searches[20:], 0.99), "ms"),
        Figure(f"retrieval, {name}, median", quantile(whole[20:], 0.5), "ms", note="words, search and ranking"),
        Figure(f"retrieval, {name}, 99 of 100", quantile(whole[20:], 0.99), "ms", most),
    ]


@dataclass
class _Timed:
    """As much of an index as retrieval asks; how long its searches took is added up."""

    index: EdgeKnowledgeIndex
    taken_ms: float = 0.0

    async def search(
        self,
        vectors: Mapping[str, SparseVector],
        limit: int,
        sense: Sense | None = None,
        reader: Audience = "public",
    ) -> list[Candidate]:
        began = time.perf_counter()
        found = await self.index.search(vectors, limit, sense, reader)
        self.taken_ms += (time.perf_counter() - began) * 1000
        return found

    async def frequencies(self, space: str, terms: Sequence[int]) -> dict[int, int]:
        return await self.index.frequencies(space, terms)

    async def size(self) -> int:
        return await self.index.size()
