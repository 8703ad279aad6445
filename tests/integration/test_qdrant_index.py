"""The index on a Qdrant server: outages, wrong servers, several processes at once, and crashes between two calls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import structlog

from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from supportbot.common.knowledge.opener import open_index
from supportbot.common.knowledge.port import KnowledgeIndex, KnowledgeIndexUnavailableError
from supportbot.common.knowledge.qdrant import QdrantKnowledgeIndex, SnapshotNotSupportedError
from supportbot.common.knowledge.qdrant_changes import DocumentOvertakenError
from supportbot.common.knowledge.qdrant_collection import UnfitCollectionError
from supportbot.common.knowledge.qdrant_connection import QdrantConnection
from supportbot.common.knowledge.vectors import count_terms, terms
from supportbot.common.settings import CommonSettings
from tests.contract.fakes.qdrant_shapes import assert_as_published
from tests.contract.knowledge_index.making import ask, passages, texts
from tests.fakes.qdrant import FakeQdrant
from tests.fakes.qdrant.control import Kind

RETURNS = DocumentId("en/returns.md")
KEY = "key-that-nobody-may-see"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[FakeQdrant]:
    async with FakeQdrant(tmp_path / "qdrant") as fake:
        yield fake
        assert_as_published(fake.exchanges)


@pytest.fixture
async def open_more(server: FakeQdrant) -> AsyncIterator[list[QdrantKnowledgeIndex]]:
    """Two connections, as of two processes."""
    async with AsyncExitStack() as stack:
        opened = [await _open(server) for _ in range(2)]
        for index in opened:
            stack.push_async_callback(index.close)
        yield opened


@pytest.fixture
async def index(server: FakeQdrant) -> AsyncIterator[QdrantKnowledgeIndex]:
    """One that knows a document."""
    opened = await _open(server)
    await opened.replace(RETURNS, "1", passages(RETURNS, "Return items", "Parcels are weighed"))
    yield opened
    await opened.close()


async def _open(server: FakeQdrant, timeout_s: float = 5.0) -> QdrantKnowledgeIndex:
    return await QdrantKnowledgeIndex.open(server.url, timeout_s=timeout_s, look_every_s=0)


async def test_f25_a_server_that_is_away_at_the_start_is_asked_again(server: FakeQdrant) -> None:
    await server.go_down()
    index = await _open(server)
    with pytest.raises(KnowledgeIndexUnavailableError, match=r"cannot be reached .*ConnectError.* check QDRANT_URL"):
        await index.size()
    await server.come_up()
    await index.replace(RETURNS, "1", passages(RETURNS, "Return items"))
    assert await texts(index, "return") == {"Return items"}
    await index.close()


async def test_f25_a_server_that_goes_away_is_an_error_until_it_is_back(
    server: FakeQdrant, index: QdrantKnowledgeIndex
) -> None:
    await server.go_down()
    with pytest.raises(KnowledgeIndexUnavailableError, match=server.url):
        await ask(index, "return")
    with pytest.raises(KnowledgeIndexUnavailableError, match=server.url):
        await index.replace(RETURNS, "2", [])
    await server.come_up()
    assert await texts(index, "return") == {"Return items"}


@pytest.mark.parametrize("kind", ["error", "busy", "not_json"])
async def test_f25_what_the_server_itself_refuses_is_not_asked_twice(
    server: FakeQdrant, index: QdrantKnowledgeIndex, kind: Kind
) -> None:
    server.fail(kind, path="query/batch")
    with pytest.raises(KnowledgeIndexUnavailableError, match=server.url):
        await ask(index, "return")
    assert await texts(index, "return") == {"Return items"}


async def test_f25_a_server_that_hangs_is_an_error_in_time(server: FakeQdrant, index: QdrantKnowledgeIndex) -> None:
    impatient = await _open(server, timeout_s=0.2)
    server.fail("hang", path="query/batch")
    with pytest.raises(KnowledgeIndexUnavailableError, match=r"no answer within 0\.2 s"):
        await ask(impatient, "return")
    await impatient.close()


async def test_f25_an_emptied_server_is_an_error_for_readers_and_made_again_by_indexers(
    server: FakeQdrant, open_more: list[QdrantKnowledgeIndex]
) -> None:
    reader, writer = open_more
    await writer.replace(RETURNS, "1", passages(RETURNS, "Return items"))
    assert await texts(reader, "return") == {"Return items"}
    server.empty()
    with pytest.raises(KnowledgeIndexUnavailableError, match="collection supportbot is missing"):
        await reader.size()
    assert await writer.versions() == {}
    assert (await reader.size(), await ask(reader, "return")) == (0, [])
    await writer.replace(RETURNS, "1", passages(RETURNS, "Return items"))
    assert await texts(reader, "return") == {"Return items"}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"vectors": {"size": 768, "distance": "Cosine"}}, "stems, grams and has vectors of 768 dimensions"),
        ({"vectors": {"dense": {"size": 3, "distance": "Dot"}}}, "and has dense of 3 dimensions"),
        ({"sparse_vectors": {"stems": {}}}, "lacks the sparse vectors grams"),
        ({"sparse_vectors": {"stems": {}, "grams": {"modifier": "idf"}}}, "vectors grams are weighed by Qdrant"),
    ],
)
async def test_f25_a_collection_made_for_something_else_is_refused_at_the_start(
    server: FakeQdrant, body: dict[str, object], problem: str
) -> None:
    server.store.create("supportbot", body)
    with pytest.raises(UnfitCollectionError, match=problem) as caught:
        await _open(server)
    assert all(part in str(caught.value) for part in ("QDRANT_URL", server.url, "the collection supportbot"))


async def test_a_collection_that_something_else_put_in_the_place_of_ours_is_refused_while_we_run(
    open_more: list[QdrantKnowledgeIndex], server: FakeQdrant
) -> None:
    reader, writer = open_more
    await writer.replace(RETURNS, "1", passages(RETURNS, "Return items"))
    assert await texts(reader, "return") == {"Return items"}
    server.empty()
    server.store.create("supportbot", {"vectors": {"size": 768, "distance": "Cosine"}})
    with pytest.raises(UnfitCollectionError, match="768 dimensions"):
        await reader.size()


async def test_a_wrong_key_is_named_by_its_setting_and_never_shown(tmp_path: Path) -> None:
    async with FakeQdrant(tmp_path, api_key="right") as server:
        with structlog.testing.capture_logs() as logs:
            index = await QdrantKnowledgeIndex.open(server.url, KEY)
            with pytest.raises(KnowledgeIndexUnavailableError, match="QDRANT_API_KEY") as caught:
                await index.size()
            await index.close()
        right = await QdrantKnowledgeIndex.open(server.url, "right")
        assert await right.size() == 0
        await right.close()
    assert KEY not in f"{caught.value!r} {caught.value.__cause__!r} {logs}"
    assert len(logs) == 1


@pytest.mark.parametrize("url", ["http://[::1", "http://host:notaport", "http://user:secret@host:99999999/"])
async def test_what_is_no_address_is_named_by_its_setting(url: str) -> None:
    with pytest.raises(KnowledgeIndexUnavailableError, match="QDRANT_URL") as caught:
        await QdrantKnowledgeIndex.open(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("key", ["secret\nx: y", "sécret"])
async def test_what_cannot_be_a_key_is_named_by_its_setting_and_not_shown(key: str) -> None:
    with pytest.raises(KnowledgeIndexUnavailableError, match="QDRANT_API_KEY has") as caught:
        await QdrantKnowledgeIndex.open("http://127.0.0.1:1", key)
    assert "cret" not in f"{caught.value!r} {caught.value.__cause__!r}"


async def test_credentials_in_the_address_are_not_shown(server: FakeQdrant) -> None:
    await server.go_down()
    index = await QdrantKnowledgeIndex.open(server.url.replace("//", "//somebody:secret@"))
    with pytest.raises(KnowledgeIndexUnavailableError, match=server.url) as caught:
        await index.size()
    assert "secret" not in str(caught.value)
    await index.close()


@pytest.mark.parametrize("spoilt", [{"terms": "nonsense"}, {"terms": 5}, {"chunks": ["x"]}, {"settled": None}])
async def test_a_spoilt_manifest_is_an_error_or_nothing_until_the_document_is_indexed_again(
    server: FakeQdrant, index: QdrantKnowledgeIndex, spoilt: dict[str, object]
) -> None:
    other = await _open(server)
    server.store.get("supportbot").set_payload(
        {
            "payload": {**spoilt, "revision": "other"},
            "filter": {"must": [{"key": "kind", "match": {"value": "manifest"}}]},
        }
    )
    if spoilt != {"settled": None}:
        with pytest.raises(KnowledgeIndexUnavailableError, match=f"{RETURNS} cannot be read"):
            await other.size()
    await index.replace(RETURNS, "2", passages(RETURNS, "Return items", "Gift cards"))
    assert await texts(other, "return items parcels gift cards") == {"Return items", "Gift cards"}
    assert await other.size() == 2
    number = next(iter(count_terms(terms("return", "stems"))))
    assert await other.frequencies("stems", [number]) == {number: 1}
    await other.close()


async def test_answers_lost_on_the_way_are_asked_for_again(server: FakeQdrant, index: QdrantKnowledgeIndex) -> None:
    for path in ("query/batch", "/points", "points/batch", "points/count", "points/delete"):
        server.fail("lost_answer", path=path)
    await index.replace(RETURNS, "2", passages(RETURNS, "Parcels are weighed", "Return things"))
    assert await texts(index, "return parcels") == {"Parcels are weighed", "Return things"}
    assert all(failure.times == 0 for failure in server.failures)
    assert await index.size() == 2


async def test_a_search_answered_before_a_change_and_read_after_it_is_made_again(
    server: FakeQdrant, open_more: list[QdrantKnowledgeIndex]
) -> None:
    writer, other = open_more
    for reader in (writer, other):
        await writer.replace(RETURNS, "1", passages(RETURNS, "Parcels old"))
        await texts(reader, "parcels")
        server.released.clear()
        server.held = 0
        server.fail("held_answer", path="query/batch")
        asking = asyncio.create_task(texts(reader, "parcels"))
        await server.changed.until(lambda: server.held or None, 5)
        await writer.replace(RETURNS, "2", passages(RETURNS, "Parcels new", "Parcels newer"))
        server.let_go()
        assert await asking == {"Parcels new", "Parcels newer"}


async def test_readers_elsewhere_see_one_version_only(
    open_more: list[QdrantKnowledgeIndex],
) -> None:
    reader, writer = open_more
    await writer.replace(RETURNS, "0", passages(RETURNS, *(f"parcel v0 {n}" for n in range(9))))

    async def change() -> None:
        for version in range(1, 6):
            await writer.replace(
                RETURNS, str(version), passages(RETURNS, *(f"parcel v{version} {n}" for n in range(9)))
            )

    changing = asyncio.create_task(change())
    while not changing.done():
        found = [one.passage.text.split()[1] for one in await ask(reader, "parcel", limit=5)]
        assert len(set(found)) == 1
        assert len(found) >= 5
    await changing
    number = next(iter(count_terms(terms("parcel", "stems"))))
    assert await reader.frequencies("stems", [number]) == {number: 9}
    assert await reader.size() == 9


async def test_an_indexer_that_was_overtaken_changes_nothing(
    server: FakeQdrant, open_more: list[QdrantKnowledgeIndex]
) -> None:
    first, second = open_more
    await first.replace(RETURNS, "1", passages(RETURNS, "Return items", "Parcels"))
    server.fail("held_answer", path="points/count")
    late = asyncio.create_task(first.replace(RETURNS, "late", passages(RETURNS, "Parcels", "Late words")))
    await server.changed.until(lambda: server.held or None, 5)
    await second.replace(RETURNS, "2", passages(RETURNS, "Parcels", "Quick words"))
    server.let_go()
    with pytest.raises(DocumentOvertakenError):
        await late
    for index in open_more:
        assert await texts(index, "parcels words late return") == {"Parcels", "Quick words"}
        assert await index.versions() == {RETURNS: "2"}
    await first.replace(RETURNS, "3", passages(RETURNS, "Parcels"))
    assert await texts(second, "parcels words late return") == {"Parcels"}


@pytest.mark.parametrize("removal", [False, True])
async def test_f40_an_indexer_may_die_between_any_two_calls(server: FakeQdrant, *, removal: bool) -> None:
    old, new = {"Return items", "Parcels", "Gift cards"}, {"Parcels", "Return things"}
    allowed = (old, set()) if removal else (old, new)
    calls, died = 0, True
    while died:
        index = await _open(server)
        await index.replace(RETURNS, "old", passages(RETURNS, "Return items", "Parcels", "Gift cards"))
        server.forget()
        dying = asyncio.create_task(
            index.remove(RETURNS) if removal else index.replace(RETURNS, "new", passages(RETURNS, *sorted(new)))
        )
        server.fail_from(calls)
        died = bool((await asyncio.gather(dying, return_exceptions=True))[0])
        server.heal()
        await index.close()
        calls += 1

        after = await _open(server)
        question = "return items parcels gift cards things"
        assert await texts(after, question) in allowed
        assert len(await after.neighbours(RETURNS, range(5))) == await after.size()
        await after.replace(RETURNS, "new", passages(RETURNS, *sorted(new)))
        assert (await texts(after, question), await after.size()) == (new, 2)
        await after.remove(RETURNS)
        assert server.store.get("supportbot").count(
            {"filter": {"must": [{"key": "kind", "match": {"value": "passage"}}]}}
        ) == {"count": 0}
        await after.close()
    assert calls > 5


async def test_a_server_cannot_be_copied(index: QdrantKnowledgeIndex, tmp_path: Path) -> None:
    with pytest.raises(SnapshotNotSupportedError, match="QDRANT_URL"):
        await index.snapshot(tmp_path)


async def test_the_opener_takes_qdrant_where_its_address_is_set_and_else_the_folder(
    server: FakeQdrant, index: KnowledgeIndex, tmp_path: Path
) -> None:
    del index
    networked = await open_index(CommonSettings(qdrant_url=server.url), copy=tmp_path / "unused")
    embedded = await open_index(CommonSettings(qdrant_url="", vector_db_path=tmp_path / "index"))
    assert isinstance(networked, QdrantKnowledgeIndex)
    assert await networked.size() == 2
    assert isinstance(embedded, EdgeKnowledgeIndex)
    for opened in (networked, embedded):
        await opened.close()


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("http://qdrant", "http://qdrant:6333"),
        ("qdrant:7000", "http://qdrant:7000"),
        ("https://user:secret@host.example/prefix", "https://host.example:6333/prefix"),
        ("http://[::1]:6334", "http://[::1]:6334"),
    ],
)
async def test_an_address_may_leave_out_what_goes_without_saying(given: str, asked: str) -> None:
    connection = QdrantConnection(given, "", "supportbot")
    assert connection._apis.client.host == asked
    await connection.close()


async def test_every_process_goes_on_with_what_took_over(
    server: FakeQdrant, index: QdrantKnowledgeIndex, open_more: list[QdrantKnowledgeIndex]
) -> None:
    reader, writer = open_more
    assert await texts(reader, "return") == {"Return items"}
    async with writer.beside() as successor:
        await successor.index.replace(RETURNS, "2", passages(RETURNS, "Return all"))
        assert await texts(reader, "return") == {"Return items"}
        await successor.take_over()
    assert await texts(reader, "return") == {"Return all"}
    await index.replace(RETURNS, "3", passages(RETURNS, "Return none"))
    assert (await texts(reader, "return"), await writer.versions()) == ({"Return none"}, {RETURNS: "3"})
    (name,) = server.store.names
    assert name.startswith("supportbot-built-")


async def test_what_an_older_version_has_filled_is_searched(server: FakeQdrant, index: QdrantKnowledgeIndex) -> None:
    server.store.change_aliases({"actions": [{"delete_alias": {"alias_name": "supportbot-searched"}}]})
    with pytest.raises(KnowledgeIndexUnavailableError, match="collection supportbot is missing"):
        await index.size()
    later = await _open(server)
    assert (await texts(later, "return"), server.store.names) == ({"Return items"}, ["supportbot"])
    await later.close()


async def test_what_a_killed_rebuild_left_is_dropped_by_the_next(
    server: FakeQdrant, index: QdrantKnowledgeIndex
) -> None:
    left = await QdrantKnowledgeIndex.open(server.url, collection="supportbot-built-0123abcd")
    await left.close()
    async with index.beside():
        assert "supportbot-built-0123abcd" not in server.store.names
        assert len(server.store.names) == 2
    assert server.store.names == ["supportbot"]
    assert await texts(index, "return") == {"Return items"}


async def test_whoever_writes_while_another_index_takes_over_is_told_to_try_again(
    server: FakeQdrant, index: QdrantKnowledgeIndex, open_more: list[QdrantKnowledgeIndex]
) -> None:
    async with open_more[0].beside() as successor:
        await successor.index.replace(RETURNS, "1", passages(RETURNS, "Return items"))
        overtaken = list[int]()

        def swap(done: int, total: int) -> None:
            del total
            if not overtaken:
                overtaken.append(done)
                (built,) = (name for name in server.store.names if name != "supportbot")
                named = {"alias_name": "supportbot-searched", "collection_name": built}
                server.store.change_aliases({"actions": [{"create_alias": named}]})

        with pytest.raises(DocumentOvertakenError):
            await index.replace(RETURNS, "2", passages(RETURNS, "Return all", "Parcels fly"), swap)
    assert await texts(index, "return") == {"Return items"}
