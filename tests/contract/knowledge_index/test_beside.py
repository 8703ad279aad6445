"""An index that is built beside the one that is searched: unseen until it is whole, and then it alone is seen."""

import asyncio

import pytest

from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.access import Access
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.knowledge.senses import Sense, SenseSpace
from tests.contract.knowledge_index.making import ask, passages, texts

RETURNS, OLD, NEW = map(DocumentId, ("returns.md", "old.md", "new.md"))
SPACE = SenseSpace("meaning", 2)
SAID = passages(RETURNS, "Return items", "Parcels are weighed")


@pytest.fixture
async def filled(index: KnowledgeIndex) -> KnowledgeIndex:
    await index.replace(RETURNS, "1", SAID)
    await index.replace(OLD, "1", passages(OLD, "Return bottles"))
    await index.add_senses(RETURNS, SPACE, {one.chunk_id: (1.0, 0.0) for one in SAID})
    await index.use_space(SPACE)
    return index


async def test_it_is_seen_as_a_whole_and_nothing_else_is(filled: KnowledgeIndex) -> None:
    async with filled.beside() as successor:
        await successor.index.replace(RETURNS, "1", SAID)
        await successor.index.replace(NEW, "2", passages(NEW, "Return glasses"), access=Access("operators"))
        assert await texts(filled, "return") == {"Return items", "Return bottles"}
        assert await filled.versions() == {RETURNS: "1", OLD: "1"}
        await successor.take_over()
        assert await texts(filled, "return") == {"Return items"}
    assert (await filled.versions(), await filled.size()) == ({RETURNS: "1", NEW: "2"}, 3)
    found = await ask(filled, "return", reader="operators")
    assert {one.passage.text for one in found if "stems" in one.scores} == {"Return items", "Return glasses"}
    assert [one.text for one in await filled.neighbours(RETURNS, [0, 1])] == [one.text for one in SAID]


async def test_what_passages_mean_goes_over(filled: KnowledgeIndex) -> None:
    async with filled.beside() as successor:
        await successor.index.replace(RETURNS, "1", SAID)
        await successor.take_over()
    assert await filled.sense_space() == SPACE
    assert await filled.without_sense(RETURNS, SPACE) == []
    found = await filled.search({}, 5, Sense(SPACE, (1.0, 0.0)))
    assert {one.passage.text for one in found} == {"Return items", "Parcels are weighed"}


async def test_what_did_not_take_over_leaves_nothing(filled: KnowledgeIndex) -> None:
    async with filled.beside() as successor:
        await successor.index.replace(NEW, "1", passages(NEW, "Return glasses"))
    assert await texts(filled, "return") == {"Return items", "Return bottles"}
    async with filled.beside() as successor:
        assert await successor.index.versions() == {}


async def test_it_goes_on_as_any_index(filled: KnowledgeIndex) -> None:
    for _ in range(2):
        async with filled.beside() as successor:
            await successor.index.replace(RETURNS, "1", SAID)
            await successor.take_over()
    await filled.replace(RETURNS, "2", passages(RETURNS, "Return all"))
    await filled.restrict(RETURNS, Access("operators"))
    assert (await texts(filled, "return"), await filled.versions()) == (set(), {RETURNS: "2"})
    await filled.remove(RETURNS)
    assert await filled.size() == 0


async def test_searches_at_that_moment_find_all_of_the_one_or_of_the_other(filled: KnowledgeIndex) -> None:
    async with filled.beside() as successor:
        await successor.index.replace(RETURNS, "2", passages(RETURNS, "Return all", "Parcels fly"))
        looking = [asyncio.create_task(ask(filled, "return parcels")) for _ in range(4)]
        await asyncio.sleep(0)
        await successor.take_over()
    seen = [await look for look in looking] + [await ask(filled, "return parcels")]
    before, after = {"Return items", "Return bottles", "Parcels are weighed"}, {"Return all", "Parcels fly"}
    found = [{one.passage.text for one in candidates} for candidates in seen]
    assert all(one in (before, after) for one in found)
    assert found[-1] == after
