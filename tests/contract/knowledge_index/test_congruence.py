"""Qdrant and the embedded index are one implementation: the same searches find the same, with the same scores."""

import random
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.access import PUBLIC, Access, Audience
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
READERS: tuple[Audience, ...] = ("public", "operators")
ACCESS = (None, PUBLIC, Access("operators"), Access(expires=1.0), Access("operators", expires=4e9))


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
            access = chance.choice(ACCESS)
            for index in (embedded, networked):
                given = passages(document, *written, *kept, title="Title")
                await index.replace(document, str(step), given, access=access)
        if step % 3 == 2:
            access = chance.choice((PUBLIC, *ACCESS))
            for index in (embedded, networked):
                await index.restrict(document, access or PUBLIC)
        await _require_the_same(embedded, networked)


async def _require_the_same(embedded: KnowledgeIndex, networked: KnowledgeIndex) -> None:
    assert await networked.versions() == await embedded.versions()
    assert await networked.size() == await embedded.size()
    for space in SPACES:
        numbers = list(count_terms(terms(" ".join(WORDS), space)))
        assert await networked.frequencies(space, numbers) == await embedded.frequencies(space, numbers)
    for question, reader in product(QUESTIONS, READERS):
        expected: dict[ChunkId, Any] = {
            chunk: (audience, {space: pytest.approx(score, abs=1e-4) for space, score in scores.items()})
            for chunk, (audience, scores) in (await _scores(embedded, question, reader)).items()
        }
        assert await _scores(networked, question, reader) == expected


async def _scores(
    index: KnowledgeIndex, question: str, reader: Audience
) -> dict[ChunkId, tuple[str, dict[str, float]]]:
    """Of all passages, so that equal scores at the limit leave nothing to chance."""
    found = await ask(index, question, 200, reader)
    return {one.passage.chunk_id: (one.passage.audience, one.scores) for one in found}
