"""What every knowledge index must do, whatever it is built on."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.passages import SparseVector
from supportbot.common.knowledge.port import KnowledgeIndex, KnowledgeIndexUnavailableError
from supportbot.common.knowledge.vectors import count_terms, encode_passage, terms
from tests.contract.knowledge_index.making import ask, passages, texts

RETURNS = DocumentId("en/returns.md")


async def test_an_empty_index_finds_nothing(index: KnowledgeIndex) -> None:
    assert await index.size() == 0
    assert await index.versions() == {}
    assert await ask(index, "return an item") == []


async def test_a_passage_comes_back_as_it_was_given(index: KnowledgeIndex) -> None:
    given = passages(
        "ru/возврат.md", "Товар можно вернуть.\x00 ü 😀", title="Возврат", source="https://example.com/a?b=c"
    )
    await index.replace(given[0].document, "1", given)
    assert [found.passage for found in await ask(index, "вернуть")] == given


async def test_each_space_gives_the_dot_product_of_question_and_passage(index: KnowledgeIndex) -> None:
    given = passages("a", "Delivery takes three days and costs nothing")
    await index.replace(DocumentId("a"), "1", given)
    stored = encode_passage(given[0])
    for space in ("stems", "grams"):
        numbers = list(count_terms(terms("delivery", "stems" if space == "stems" else "grams")))
        vector = SparseVector(tuple(numbers), tuple(2.0 for _ in numbers))
        found = await index.search({space: vector}, 5)
        weights = dict(zip(stored[space].indices, stored[space].values, strict=True))
        assert found[0].scores == {space: pytest.approx(sum(2 * weights[number] for number in numbers), rel=1e-5)}


async def test_the_best_of_each_space_are_merged_by_passage(index: KnowledgeIndex) -> None:
    await index.replace(
        DocumentId("a"), "1", passages("a", "Parcels are weighed", "Parcles and percals", "Nothing here")
    )
    found = {one.passage.text: set(one.scores) for one in await ask(index, "parcel")}
    assert found["Parcels are weighed"] == {"stems", "grams"}
    assert found["Parcles and percals"] == {"grams"}
    assert "Nothing here" not in found


async def test_no_more_than_the_limit_of_each_space_is_given(index: KnowledgeIndex) -> None:
    await index.replace(DocumentId("a"), "1", passages("a", *(f"parcel number {n}" for n in range(20))))
    assert len(await ask(index, "parcel", limit=3)) <= 6


async def test_an_empty_vector_finds_nothing(index: KnowledgeIndex) -> None:
    await index.replace(DocumentId("a"), "1", passages("a", "parcel"))
    assert await index.search({"stems": SparseVector((), ()), "grams": SparseVector((), ())}, 5) == []
    assert await index.search({}, 5) == []


async def test_frequencies_count_visible_passages_and_leave_out_what_is_nowhere(index: KnowledgeIndex) -> None:
    await index.replace(DocumentId("a"), "1", passages("a", "return return item", "return parcel"))
    await index.replace(DocumentId("b"), "1", passages("b", "parcel"))
    numbers = {word: next(iter(count_terms(terms(word, "stems")))) for word in ("return", "item", "parcel", "whale")}
    found = await index.frequencies("stems", list(numbers.values()))
    assert found == {numbers["return"]: 2, numbers["item"]: 1, numbers["parcel"]: 2}


async def test_a_new_version_takes_the_place_of_the_old_one(index: KnowledgeIndex) -> None:
    await index.replace(RETURNS, "1", passages(RETURNS, "Return items within 14 days", "Gift cards cannot be returned"))
    await index.replace(RETURNS, "2", passages(RETURNS, "Return items within 30 days", "Gift cards cannot be returned"))
    assert await texts(index, "return items days") == {"Return items within 30 days", "Gift cards cannot be returned"}
    assert await index.versions() == {RETURNS: "2"}
    assert await index.size() == 2
    number = next(iter(count_terms(terms("14", "stems"))))
    assert await index.frequencies("stems", [number]) == {}


async def test_an_unchanged_passage_moves_to_its_new_place(index: KnowledgeIndex) -> None:
    await index.replace(RETURNS, "1", passages(RETURNS, "first", "second"))
    await index.replace(RETURNS, "2", passages(RETURNS, "intro", "second", "first"))
    assert [one.text for one in await index.neighbours(RETURNS, [0, 1, 2])] == ["intro", "second", "first"]
    assert [one.position for one in await index.neighbours(RETURNS, [0, 1, 2])] == [0, 1, 2]


async def test_what_is_not_content_may_change_under_the_same_chunk_id(index: KnowledgeIndex) -> None:
    given = passages(RETURNS, "Return items within 14 days")
    await index.replace(RETURNS, "1", given)
    assert [found.passage for found in await ask(index, "return items")] == given
    moved = [replace(given[0], source="https://example.com/new", language="ru")]
    await index.replace(RETURNS, "2", moved)
    assert [found.passage for found in await ask(index, "return items")] == moved


async def test_replacing_may_be_repeated(index: KnowledgeIndex) -> None:
    for _ in range(3):
        await index.replace(RETURNS, "1", passages(RETURNS, "Return items", "Parcels"))
    assert await index.size() == 2
    number = next(iter(count_terms(terms("parcels", "stems"))))
    assert await index.frequencies("stems", [number]) == {number: 1}


async def test_equal_chunks_of_one_document_are_kept_once(index: KnowledgeIndex) -> None:
    await index.replace(RETURNS, "1", passages(RETURNS, "same", "same", "other"))
    assert await index.size() == 2


async def test_a_document_may_become_empty(index: KnowledgeIndex) -> None:
    await index.replace(RETURNS, "1", passages(RETURNS, "Return items"))
    await index.replace(RETURNS, "2", [])
    assert await index.size() == 0
    assert await index.versions() == {RETURNS: "2"}


async def test_a_removed_document_is_gone_and_others_stay(index: KnowledgeIndex) -> None:
    await index.replace(RETURNS, "1", passages(RETURNS, "Return items", "Parcels"))
    await index.replace(DocumentId("b"), "7", passages("b", "Return parcels"))
    await index.remove(RETURNS)
    assert await texts(index, "return items parcels") == {"Return parcels"}
    assert await index.versions() == {DocumentId("b"): "7"}
    assert await index.size() == 1
    assert await index.neighbours(RETURNS, [0, 1]) == []


async def test_removing_what_is_not_there_is_no_error(index: KnowledgeIndex) -> None:
    await index.remove(DocumentId("nowhere"))
    assert await index.versions() == {}


async def test_neighbours_come_in_order_and_what_does_not_exist_is_left_out(index: KnowledgeIndex) -> None:
    await index.replace(RETURNS, "1", passages(RETURNS, "zero", "one", "two"))
    assert [one.text for one in await index.neighbours(RETURNS, [2, 0, 5, -1])] == ["zero", "two"]


async def test_a_search_during_a_replacement_sees_one_version_only(index: KnowledgeIndex) -> None:
    old = [f"parcel old {n}" for n in range(30)]
    new = [f"parcel new {n}" for n in range(30)]
    await index.replace(RETURNS, "1", passages(RETURNS, *old))
    changing = asyncio.create_task(index.replace(RETURNS, "2", passages(RETURNS, *new)))
    seen = set()
    while not changing.done():
        found = {one.passage.text.split()[1] for one in await ask(index, "parcel", limit=100)}
        assert len(found) == 1
        seen |= found
        await asyncio.sleep(0)
    await changing
    assert {one.passage.text.split()[1] for one in await ask(index, "parcel", limit=100)} == {"new"}
    assert seen <= {"old", "new"}


async def test_documents_that_change_at_once_do_not_mix(index: KnowledgeIndex) -> None:
    names = [f"document {n}" for n in range(8)]
    await asyncio.gather(
        *(index.replace(DocumentId(name), "1", passages(name, f"parcel of {name}", "shared words")) for name in names)
    )
    assert await index.size() == 16
    assert set(await index.versions()) == set(names)


async def test_chunk_ids_are_uuids_of_the_content(index: KnowledgeIndex) -> None:
    given = passages(RETURNS, "Return items")
    assert isinstance(given[0].chunk_id, UUID)
    assert given[0].chunk_id == passages(RETURNS, "Return items")[0].chunk_id
    assert given[0].chunk_id != passages("other", "Return items")[0].chunk_id
    await index.replace(RETURNS, "1", given)
    assert (await ask(index, "return"))[0].passage.chunk_id == given[0].chunk_id


async def test_a_closed_index_says_so(index: KnowledgeIndex) -> None:
    await index.close()
    with pytest.raises(KnowledgeIndexUnavailableError, match="closed"):
        await index.size()
