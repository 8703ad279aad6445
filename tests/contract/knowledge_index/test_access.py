"""What every knowledge index must do about who may find a document, and until when."""

import time

from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.access import PUBLIC, Access, Audience
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.knowledge.senses import Sense, SenseSpace
from supportbot.common.knowledge.vectors import SPACES, count_terms, encode_question, terms
from tests.contract.knowledge_index.making import passages

PRICES, STAFF = DocumentId("prices.md"), DocumentId("staff.md")
OPERATORS = Access("operators")
READERS: tuple[Audience, Audience] = ("public", "operators")
SPACE = SenseSpace("small", 3)


async def found(index: KnowledgeIndex, reader: Audience, limit: int = 10) -> dict[str, str]:
    """Texts that a question finds, with the audience that they name."""
    counted = {space: count_terms(terms("discount", space)) for space in SPACES}
    vectors = {str(space): encode_question(counts, dict.fromkeys(counts, 1.0)) for space, counts in counted.items()}
    hits = await index.search(vectors, limit, reader=reader)
    return {one.passage.text: one.passage.audience for one in hits}


async def two(index: KnowledgeIndex, access: Access) -> None:
    await index.replace(PRICES, "1", passages(PRICES, "the discount is small"))
    await index.replace(STAFF, "1", passages(STAFF, "the largest discount is secret"), access=access)


async def test_what_is_for_operators_is_found_by_nobody_else(index: KnowledgeIndex) -> None:
    await two(index, OPERATORS)
    assert await found(index, "public") == {"the discount is small": "public"}
    assert await found(index, "operators") == {
        "the discount is small": "public",
        "the largest discount is secret": "operators",
    }


async def test_it_is_known_whether_anything_is_for_operators_alone(index: KnowledgeIndex) -> None:
    assert not await index.has_for_operators()
    await two(index, PUBLIC)
    assert not await index.has_for_operators()
    await index.restrict(STAFF, OPERATORS)
    assert await index.has_for_operators()
    await index.restrict(STAFF, Access("operators", expires=time.time() - 1))
    assert not await index.has_for_operators()
    await index.restrict(STAFF, OPERATORS)
    await index.remove(STAFF)
    assert not await index.has_for_operators()


async def test_it_takes_nobody_elses_place_among_the_best(index: KnowledgeIndex) -> None:
    secret = [f"discount {number}" for number in range(30)]
    await index.replace(STAFF, "1", passages(STAFF, *secret), access=OPERATORS)
    await index.replace(PRICES, "1", passages(PRICES, "now and then there is some discount for those who wait"))
    assert list(await found(index, "public", limit=3)) == ["now and then there is some discount for those who wait"]
    assert len(await found(index, "operators", limit=3)) >= 3


async def test_the_audience_changes_at_once_and_without_writing_passages(index: KnowledgeIndex) -> None:
    await two(index, PUBLIC)
    assert len(await found(index, "public")) == 2
    await index.restrict(STAFF, OPERATORS)
    assert len(await found(index, "public")) == 1
    await index.restrict(STAFF, PUBLIC)
    assert await found(index, "public") == dict.fromkeys(
        ("the discount is small", "the largest discount is secret"), "public"
    )


async def test_a_new_version_keeps_the_audience_unless_it_brings_its_own(index: KnowledgeIndex) -> None:
    await two(index, OPERATORS)
    await index.replace(STAFF, "2", passages(STAFF, "the new discount is secret"))
    assert list(await found(index, "public")) == ["the discount is small"]
    await index.replace(STAFF, "3", passages(STAFF, "the new discount is secret"), access=PUBLIC)
    assert len(await found(index, "public")) == 2


async def test_what_has_expired_is_found_by_nobody_and_comes_back_with_another_date(index: KnowledgeIndex) -> None:
    await two(index, Access(expires=time.time() - 1))
    for reader in READERS:
        assert list(await found(index, reader)) == ["the discount is small"]
    await index.restrict(STAFF, Access(expires=time.time() + 3600))
    assert len(await found(index, "public")) == 2


async def test_what_expires_while_it_is_searched_leaves_by_itself(index: KnowledgeIndex) -> None:
    until = time.time() + 0.5
    await two(index, Access(expires=until))
    while time.time() < until:
        await found(index, "public")
    assert list(await found(index, "public")) == ["the discount is small"]


async def test_by_sense_nobody_finds_more_than_by_words(index: KnowledgeIndex) -> None:
    await two(index, OPERATORS)
    for document in (PRICES, STAFF):
        (one,) = await index.without_sense(document, SPACE)
        await index.add_senses(document, SPACE, {one.chunk_id: (1.0, 0.0, 0.0)})
    await index.use_space(SPACE)
    for reader, expected in zip(READERS, (1, 2), strict=True):
        assert len(await index.search({}, 10, Sense(SPACE, (1.0, 0.0, 0.0)), reader=reader)) == expected


async def test_a_removed_document_comes_back_open(index: KnowledgeIndex) -> None:
    await two(index, OPERATORS)
    await index.remove(STAFF)
    await index.replace(STAFF, "1", passages(STAFF, "the largest discount is secret"))
    assert len(await found(index, "public")) == 2


async def test_restricting_what_is_not_there_makes_nothing(index: KnowledgeIndex) -> None:
    await index.restrict(STAFF, OPERATORS)
    assert await index.versions() == {}
