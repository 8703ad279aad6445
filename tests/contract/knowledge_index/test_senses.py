"""What every knowledge index must do with vectors of what passages mean."""

import asyncio
import math
from collections.abc import Sequence

import pytest

from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.passages import Passage, SparseVector
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.knowledge.senses import DENSE, Sense, SenseSpace, Vector
from supportbot.common.knowledge.vectors import count_terms, encode_question, terms
from tests.contract.knowledge_index.making import ask, passages

SPACE = SenseSpace("small", 3)
OTHER = SenseSpace("large", 4)
PETS = DocumentId("pets.md")
CAT, DOG, CAR = (1.0, 0.0, 0.0), (0.8, 0.6, 0.0), (0.0, 0.0, 1.0)


async def pets(index: KnowledgeIndex) -> list[Passage]:
    """Three passages without a word in common, with vectors in SPACE, which is searched."""
    given = passages(PETS, "cats purr", "dogs bark", "cars drive")
    await index.replace(PETS, "1", given)
    await index.add_senses(PETS, SPACE, {one.chunk_id: v for one, v in zip(given, (CAT, DOG, CAR), strict=True)})
    await index.use_space(SPACE)
    return given


async def near(index: KnowledgeIndex, vector: Vector, space: SenseSpace = SPACE, limit: int = 10) -> dict[str, float]:
    """Texts by their likeness to a vector."""
    found = await index.search({}, limit, Sense(space, vector))
    return {one.passage.text: one.scores[DENSE] for one in found}


def texts(found: Sequence[Passage]) -> set[str]:
    return {one.text for one in found}


async def test_an_index_without_vectors_has_no_space_and_finds_nothing_by_sense(index: KnowledgeIndex) -> None:
    await index.replace(PETS, "1", passages(PETS, "cats purr"))
    assert await index.sense_space() is None
    assert await near(index, CAT) == {}
    assert len(await ask(index, "cats")) == 1


async def test_the_nearest_are_found_by_their_cosine(index: KnowledgeIndex) -> None:
    await pets(index)
    assert await index.sense_space() == SPACE
    found = await near(index, CAT, limit=2)
    assert found == {"cats purr": pytest.approx(1.0, abs=1e-3), "dogs bark": pytest.approx(0.8, abs=1e-3)}


async def test_words_and_sense_are_merged_by_passage(index: KnowledgeIndex) -> None:
    await pets(index)
    (stems,) = [one.scores["stems"] for one in await ask(index, "dogs") if "stems" in one.scores]
    assert stems > 0
    found = await index.search(words_of("dogs"), 10, Sense(SPACE, CAT))
    by_text = {one.passage.text: one.scores for one in found}
    assert by_text["dogs bark"].keys() >= {"stems", DENSE}
    assert by_text["cats purr"].keys() == {DENSE}


def words_of(word: str) -> dict[str, SparseVector]:
    """A question of one word, in the space of stems."""
    counts = count_terms(terms(word, "stems"))
    return {"stems": encode_question(counts, dict.fromkeys(counts, 1.0))}


async def test_what_lacks_a_vector_is_told(index: KnowledgeIndex) -> None:
    given = await pets(index)
    assert await index.without_sense(PETS, SPACE) == []
    assert await index.without_sense(PETS, OTHER) == given
    await index.replace(PETS, "2", passages(PETS, "dogs bark", "birds sing", "cats purr"))
    assert texts(await index.without_sense(PETS, SPACE)) == {"birds sing"}
    assert await index.without_sense(DocumentId("unknown.md"), SPACE) == []


async def test_what_is_gone_is_not_found_by_sense(index: KnowledgeIndex) -> None:
    await pets(index)
    await index.replace(PETS, "2", passages(PETS, "dogs bark"))
    assert set(await near(index, CAT)) == {"dogs bark"}
    await index.remove(PETS)
    assert await near(index, CAT) == {}
    await index.without_sense(PETS, SPACE)
    await index.replace(PETS, "3", passages(PETS, "cars drive"))
    assert texts(await index.without_sense(PETS, SPACE)) == {"cars drive"}


async def test_vectors_that_belong_to_nothing_take_no_place_in_the_limit(index: KnowledgeIndex) -> None:
    many = passages(PETS, *(f"cat number {n}" for n in range(30)), "dogs bark")
    await index.replace(PETS, "1", many)
    vectors = {one.chunk_id: CAT if one.position < 30 else DOG for one in many}
    await index.add_senses(PETS, SPACE, vectors)
    await index.use_space(SPACE)
    await index.replace(PETS, "2", passages(PETS, "dogs bark"))
    assert set(await near(index, CAT, limit=3)) == {"dogs bark"}


async def test_another_space_is_built_beside_while_the_old_one_serves(index: KnowledgeIndex) -> None:
    given = await pets(index)
    await index.add_senses(PETS, OTHER, {given[0].chunk_id: (0.0, 0.0, 0.0, 1.0)})
    assert await index.sense_space() == SPACE
    assert len(await near(index, CAT)) == 3
    missing = await index.without_sense(PETS, OTHER)
    assert texts(missing) == {"dogs bark", "cars drive"}
    await index.add_senses(PETS, OTHER, {one.chunk_id: (0.0, 1.0, 0.0, 0.0) for one in missing})
    await index.use_space(OTHER)
    assert await index.sense_space() == OTHER
    assert (await near(index, (0.0, 0.0, 0.0, 1.0), OTHER))["cats purr"] == pytest.approx(1.0, abs=1e-3)
    assert await near(index, CAT) == {}, "the old one is gone"
    assert await index.without_sense(PETS, SPACE) == given


async def test_a_question_of_another_space_is_answered_by_words(index: KnowledgeIndex) -> None:
    await pets(index)
    for space in (OTHER, SenseSpace("small", 4), SenseSpace("other", 3)):
        found = await index.search(words_of("dogs"), 10, Sense(space, (1.0,) * space.dimensions))
        assert [one.passage.text for one in found] == ["dogs bark"]
    wrong_length = await index.search(words_of("dogs"), 10, Sense(SPACE, (1.0, 0.0)))
    assert "dogs bark" in {one.passage.text for one in wrong_length}


async def test_adding_and_choosing_may_be_repeated(index: KnowledgeIndex) -> None:
    given = await pets(index)
    for _ in range(2):
        await index.add_senses(PETS, SPACE, {given[0].chunk_id: CAR})
        await index.use_space(SPACE)
    assert (await near(index, CAR))["cats purr"] == pytest.approx(1.0, abs=1e-3)


async def test_vectors_may_be_added_while_others_search(index: KnowledgeIndex) -> None:
    written = passages(PETS, *(f"thing {n}" for n in range(100)))
    await index.replace(PETS, "1", written)
    await index.use_space(SPACE)

    async def add() -> None:
        for start in range(0, 100, 10):
            part = written[start : start + 10]
            await index.add_senses(
                PETS, SPACE, {one.chunk_id: (math.cos(n), math.sin(n), 0.0) for n, one in enumerate(part)}
            )

    adding = asyncio.create_task(add())
    while not adding.done():
        assert all(text.startswith("thing") for text in await near(index, CAT))
        await asyncio.sleep(0)
    await adding
    assert len(await near(index, CAT, limit=200)) == 100
