"""Qdrant and the embedded index are one implementation: the same searches find the same, with the same scores."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.knowledge.vectors import SPACES, count_terms, terms
from tests.contract.knowledge_index.conftest import NETWORKED, index_of_kind
from tests.contract.knowledge_index.making import ask, passages

WORDS = (
    "return refund parcel courier delivery gift card warranty invoice account password e-mail order cancel address "
    "возврат посылка доставка курьер гарантия счёт пароль заказ отмена адрес скидка магазин"
).split()
QUESTIONS = (
    "return a parcel",
    "как вернуть посылку",
    "warranty and invoice",
    "pasword of the acount",
    "скидка на заказ",
)


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[KnowledgeIndex]:
    opened = await EdgeKnowledgeIndex.open(tmp_path / "embedded")
    yield opened
    await opened.close()


@pytest.fixture(params=NETWORKED)
async def networked(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[KnowledgeIndex]:
    async with index_of_kind(request.param, tmp_path / "networked") as opened:
        yield opened


async def test_both_go_through_the_same_changes_and_say_the_same(
    embedded: KnowledgeIndex, networked: KnowledgeIndex
) -> None:
    chance = random.Random(7)
    for step in range(24):
        document = DocumentId(f"{step % 5}.md")
        if step % 7 == 6:
            for index in (embedded, networked):
                await index.remove(document)
        else:
            written = [" ".join(chance.choices(WORDS, k=chance.randint(3, 60))) for _ in range(chance.randint(0, 9))]
            kept = [one.text for one in await embedded.neighbours(document, range(0, 9, 2))]
            for index in (embedded, networked):
                await index.replace(document, str(step), passages(document, *written, *kept, title="Title"))
        await _require_the_same(embedded, networked)


async def _require_the_same(embedded: KnowledgeIndex, networked: KnowledgeIndex) -> None:
    assert await networked.versions() == await embedded.versions()
    assert await networked.size() == await embedded.size()
    for space in SPACES:
        numbers = list(count_terms(terms(" ".join(WORDS), space)))
        assert await networked.frequencies(space, numbers) == await embedded.frequencies(space, numbers)
    for question in QUESTIONS:
        expected = {
            chunk: {space: pytest.approx(score, abs=1e-4) for space, score in scores.items()}
            for chunk, scores in (await _scores(embedded, question)).items()
        }
        assert await _scores(networked, question) == expected


async def _scores(index: KnowledgeIndex, question: str) -> dict[ChunkId, dict[str, float]]:
    """Of all passages, so that equal scores at the limit leave nothing to chance."""
    return {one.passage.chunk_id: one.scores for one in await ask(index, question, limit=200)}
