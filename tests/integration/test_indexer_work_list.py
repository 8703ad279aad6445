"""Who works on which document, on SQLite and on PostgreSQL: one worker at each, and nothing newer is ever hidden."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.contracts import DocumentFailed, DocumentIndexed, DocumentUploaded
from supportbot.common.contracts.envelope import Event
from supportbot.common.database.clock import after
from supportbot.common.database.document_access import Wanted, change_access
from supportbot.common.database.documents import contents_in_use, receive_upload
from supportbot.common.database.schema.tables import documents
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.access import PUBLIC
from supportbot.indexer.adapters.register import SqlDocumentRegister
from supportbot.indexer.adapters.serving_documents import SqlServingDocuments
from supportbot.indexer.adapters.work_list import SqlWorkList
from supportbot.indexer.domain.chunking import chunk_document
from supportbot.indexer.domain.documents import ClaimedDocument, FoundFile, KnownDocument
from supportbot.indexer.ports import ReadDocument

A, B, C = map(DocumentId, ("a.md", "ru/б.md", "c.md"))


class Desk:
    """The two tables' sides: what scans write, what workers do."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.register = SqlDocumentRegister(database)
        self.work = SqlWorkList(database)
        self.serving = SqlServingDocuments(database)
        self.events: list[Event] = []
        database.after_commit(self.events.extend)

    async def changed(self, document: DocumentId, version: str) -> None:
        file = FoundFile(document, Path("/documents") / document, 10, f"fingerprint of {version}")
        await self.register.note_changed([(file, version)], "folder")

    async def claimed(self) -> ClaimedDocument:
        claimed = await self.work.claim()
        assert claimed is not None
        return claimed

    async def row(self, document: DocumentId) -> KnownDocument:
        return (await self.register.known("folder", "given", "sample"))[document]

    async def every_claim_ends(self) -> None:
        async def work(tx: Transaction) -> None:
            await tx.execute(update(documents).values(due_at=after(-1)))

        await self.database.write(work)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def read(version: str) -> ReadDocument:
    return ReadDocument("Title", version, 10, tuple(chunk_document(A, "Title", "Слова о возврате.")), "a warning")


async def test_documents_are_handed_out_once_in_the_order_in_which_they_came(desk: Desk) -> None:
    await desk.changed(A, "v1")
    await desk.changed(B, "v1")
    first, second = await desk.claimed(), await desk.claimed()
    assert (first.document, second.document, await desk.work.claim()) == (A, B, None)
    assert (second.location, second.attempts, second.state) == (Path("/documents/ru/б.md"), 1, "waiting")


async def test_a_finished_document_is_ready_and_told(desk: Desk) -> None:
    await desk.changed(A, "v1")
    await desk.work.finish(await desk.claimed(), read("v1"), "held")
    row = await desk.row(A)
    assert (row.state, row.version, row.indexed_version) == ("ready", "v1", "v1")
    status = await desk.register.status()
    assert (status.ready, status.waiting, status.failed, status.passages) == (1, 0, 0, 1)
    assert [event.passages for event in desk.events if isinstance(event, DocumentIndexed)] == [1]


async def test_a_file_that_was_written_between_scan_and_reading_counts_as_what_was_read(desk: Desk) -> None:
    await desk.changed(A, "v1")
    await desk.work.finish(await desk.claimed(), read("v2"), "held")
    row = await desk.row(A)
    assert (row.state, row.version, row.indexed_version) == ("ready", "v2", "v2")


async def test_a_file_that_changes_while_it_is_indexed_is_due_again(desk: Desk) -> None:
    await desk.changed(A, "v1")
    claimed = await desk.claimed()
    await desk.changed(A, "v3")
    assert await desk.work.claim() is None  # nobody else begins before this worker has ended
    await desk.work.finish(claimed, read("v1"), "held")
    row = await desk.row(A)
    assert (row.state, row.version, row.indexed_version) == ("waiting", "v3", "v1")
    assert (await desk.claimed()).version == "v3"


async def test_a_failure_of_content_that_has_changed_since_is_no_failure(desk: Desk) -> None:
    await desk.changed(A, "v1")
    claimed = await desk.claimed()
    await desk.changed(A, "v2")
    await desk.work.fail(claimed, "a PDF")
    assert (await desk.row(A)).state == "waiting"


async def test_a_failed_document_says_why_and_its_old_content_still_counts(desk: Desk) -> None:
    await desk.changed(A, "v1")
    await desk.work.finish(await desk.claimed(), read("v1"), "held")
    await desk.changed(A, "v2")
    await desk.work.fail(await desk.claimed(), "a PDF")
    row = await desk.row(A)
    assert (row.state, row.indexed_version) == ("failed", "v1")
    assert (await desk.register.outcomes([A]))[A].error == "a PDF"
    assert [event.error for event in desk.events if isinstance(event, DocumentFailed)] == ["a PDF"]


async def test_a_claim_that_nobody_renews_ends_and_its_late_result_makes_the_document_due(desk: Desk) -> None:
    await desk.changed(A, "v1")
    slow = await desk.claimed()
    await desk.every_claim_ends()
    quick = await desk.claimed()
    assert (quick.attempts, quick.token != slow.token) == (2, True)
    await desk.work.finish(quick, read("v2"), "held")
    await desk.work.finish(slow, read("v1"), "held")
    row = await desk.row(A)
    assert (row.state, row.indexed_version) == ("waiting", "v2")


async def test_a_renewed_claim_is_kept(desk: Desk) -> None:
    await desk.changed(A, "v1")
    claimed = await desk.claimed()
    await desk.every_claim_ends()
    await desk.work.renew(claimed)
    assert await desk.work.claim() is None


@pytest.mark.parametrize(("charged", "attempts"), [(True, 2), (False, 1)])
async def test_a_postponed_document_comes_again_and_is_charged_only_where_it_is_to_blame(
    desk: Desk, *, charged: bool, attempts: int
) -> None:
    await desk.changed(A, "v1")
    await desk.work.postpone(await desk.claimed(), error="away", seconds=60, charged=charged)
    assert await desk.work.claim() is None
    assert (await desk.register.outcomes([A]))[A].error == "away"
    await desk.every_claim_ends()
    assert (await desk.claimed()).attempts == attempts


async def test_the_only_owner_takes_over_at_once_what_a_dead_process_held(desk: Desk) -> None:
    await desk.changed(A, "v1")
    await desk.claimed()
    await desk.serving.take_possession()
    assert (await desk.claimed()).attempts == 2


async def test_a_rebuild_holds_what_serves_and_a_dead_one_no_longer_than_a_claim(desk: Desk) -> None:
    holder, other = uuid4(), uuid4()
    for document in (A, B):
        await desk.changed(document, "v1")
        await desk.work.finish(await desk.claimed(), read("v1"), "held")
    await desk.changed(A, "v2")
    await desk.changed(C, "v1")
    at_work = await desk.claimed()
    assert (at_work.document, await desk.serving.hold(holder)) == (A, 1)
    assert (await desk.claimed()).document == C  # nothing of it serves yet
    await desk.work.finish(at_work, read("v2"), "held")
    await desk.changed(A, "v3")
    assert (await desk.serving.hold(holder), await desk.serving.hold(other)) == (0, 2)
    assert await desk.work.claim() is None
    await desk.serving.release(other)
    assert await desk.work.claim() is None
    await desk.serving.release(holder)
    assert (await desk.claimed()).document == A
    assert await desk.serving.hold(holder) == 1
    await desk.every_claim_ends()
    assert not any(one.busy for one in (await desk.serving.serving()).values() if one.document == B)


async def test_copies_differ_once_anything_of_a_document_does(desk: Desk) -> None:
    await desk.changed(A, "v1")
    await desk.changed(B, "v1")
    await desk.work.finish(await desk.claimed(), read("v1"), "v1 tagged")
    first = await desk.serving.copies()
    assert {name: (one.version, one.access) for name, one in first.items()} == {A: ("v1 tagged", PUBLIC)}
    wanted = Wanted({"audience": "operators"})
    assert await desk.database.write(lambda tx: change_access(tx, A, wanted))
    second = await desk.serving.copies()
    assert (second[A].access.audience, second[A] == first[A]) == ("operators", False)
    await desk.register.begin_removal([A])
    assert await desk.serving.copies() == {}


async def test_a_claim_from_a_clock_that_ran_ahead_is_not_waited_for(desk: Desk) -> None:
    await desk.changed(A, "v1")
    await desk.claimed()

    async def work(tx: Transaction) -> None:
        await tx.execute(update(documents).values(due_at=after(3600)))

    await desk.database.write(work)
    assert (await desk.claimed()).document == A


async def test_a_removed_document_is_forgotten(desk: Desk) -> None:
    await desk.changed(A, "v1")
    await desk.register.begin_removal([A])
    claimed = await desk.claimed()
    assert claimed.state == "removing"
    await desk.work.forget(claimed)
    assert await desk.register.known("folder") == {}


async def test_a_document_that_comes_back_while_it_is_removed_is_indexed(desk: Desk) -> None:
    await desk.changed(A, "v1")
    await desk.work.finish(await desk.claimed(), read("v1"), "held")
    await desk.register.begin_removal([A])
    claimed = await desk.claimed()
    await desk.changed(A, "v1")
    await desk.work.forget(claimed)
    row = await desk.row(A)
    assert (row.state, row.indexed_version) == ("waiting", None)
    assert (await desk.claimed()).document == A


async def test_who_has_lost_the_claim_for_a_removal_forgets_nothing(desk: Desk) -> None:
    await desk.changed(A, "v1")
    await desk.work.finish(await desk.claimed(), read("v1"), "held")
    await desk.register.begin_removal([A])
    slow = await desk.claimed()
    await desk.changed(A, "v1")
    await desk.every_claim_ends()
    await desk.work.finish(await desk.claimed(), read("v1"), "held again")
    await desk.work.forget(slow)
    assert (await desk.row(A)).state == "ready"
    kept = await desk.serving.kept(A)
    assert kept is not None
    assert (kept[0], [one.text for one in kept[1]]) == ("held again", ["Слова о возврате."])


async def test_what_is_changed_of_a_document_while_somebody_is_at_it_is_done_after_them(desk: Desk) -> None:
    await desk.changed(A, "v1")
    claimed = await desk.claimed()
    wanted = Wanted({"language_given": "ru", "audience": "operators"})
    assert await desk.database.write(lambda tx: change_access(tx, A, wanted))
    assert (await desk.work.access(claimed)).audience == "operators"
    await desk.work.finish(claimed, read("v1"), "held")
    again = await desk.claimed()
    assert (again.state, again.language, again.access.audience, again.restrict) == ("waiting", "ru", "operators", True)
    await desk.work.finish(again, read("v1"), "held")
    assert ((await desk.row(A)).state, await desk.work.claim()) == ("ready", None)


async def test_what_the_index_has_lost_is_indexed_again_and_what_nobody_knows_is_named(desk: Desk) -> None:
    await desk.changed(A, "v1")
    await desk.work.finish(await desk.claimed(), read("v1"), "held")
    assert await desk.serving.match({A: "v1", B: "v1"}) == [B]
    assert (await desk.row(A)).state == "ready"
    assert await desk.serving.match({}) == []
    assert (await desk.row(A)).state == "waiting"


async def test_what_somebody_is_at_is_left_to_them(desk: Desk) -> None:
    await desk.changed(A, "v1")
    claimed = await desk.claimed()
    await desk.serving.match({A: "v1"})  # it is in the index already, and not yet said so
    await desk.work.finish(claimed, read("v1"), "held")
    assert (await desk.row(A)).state == "ready"


async def test_an_index_of_an_older_encoding_is_made_again_however_long_its_version_reads(desk: Desk) -> None:
    await desk.changed(A, "v" * 64)
    await desk.work.finish(await desk.claimed(), read("v" * 64), "held")
    await desk.serving.match({A: "outdated:" + "v" * 64})
    assert (await desk.row(A)).state == "waiting"


async def test_a_document_that_was_given_remembers_where_it_came_from(desk: Desk) -> None:
    await desk.changed(A, "v1")
    assert await desk.register.given_from(A) is None
    await desk.register.note_given(A, Path("/home/somebody/a.md"))
    await desk.changed(A, "v2")
    assert await desk.register.given_from(A) == "/home/somebody/a.md"
    assert (await desk.row(A)).origin == "given"


U = DocumentId("~uploads/a.md")


async def uploaded(desk: Desk, content: str) -> bool:
    return await desk.database.write(lambda tx: receive_upload(tx, U, digest=content, size=3))


async def test_an_upload_is_claimed_by_its_content_and_ready_as_what_was_read(desk: Desk) -> None:
    assert await uploaded(desk, "c1")
    claimed = await desk.claimed()
    assert (claimed.document, claimed.origin, claimed.location) == (U, "upload", Path("c1"))
    await desk.work.finish(claimed, read("v1"), "held")
    assert (await desk.register.known("upload"))[U].state == "ready"
    assert not await uploaded(desk, "c1")
    assert [event.document for event in desk.events if isinstance(event, DocumentUploaded)] == [U]


async def test_an_upload_that_failed_can_be_tried_again_with_the_same_content(desk: Desk) -> None:
    await uploaded(desk, "c1")
    await desk.work.fail(await desk.claimed(), "a PDF")
    assert await uploaded(desk, "c1")
    assert (await desk.claimed()).location == Path("c1")


async def test_a_newer_upload_waits_for_whoever_is_at_the_older_one_and_is_done_then(desk: Desk) -> None:
    await uploaded(desk, "c1")
    claimed = await desk.claimed()
    await uploaded(desk, "c2")
    assert await desk.work.claim() is None
    await desk.work.finish(claimed, read("v1"), "held")
    row = (await desk.register.known("upload"))[U]
    assert (row.state, row.indexed_version) == ("waiting", "v1")
    assert (await desk.claimed()).location == Path("c2")


@pytest.mark.parametrize("ending", ["finish", "fail", "postpone"])
async def test_a_removal_waits_for_whoever_is_at_the_document(desk: Desk, ending: str) -> None:
    await uploaded(desk, "c1")
    claimed = await desk.claimed()
    await desk.register.begin_removal([U])
    assert await desk.work.claim() is None  # else its passages could come back after the removal
    if ending == "finish":
        await desk.work.finish(claimed, read("v1"), "held")
    elif ending == "fail":
        await desk.work.fail(claimed, "a PDF")
    else:
        await desk.work.postpone(claimed, error="", seconds=0, charged=False)
    removing = await desk.claimed()
    assert removing.state == "removing"
    await desk.work.forget(removing)
    assert await desk.register.known("upload") == {}


@pytest.mark.postgres
async def test_an_upload_in_the_moment_in_which_its_name_is_forgotten_is_not_lost(
    postgres_database: Database,
) -> None:
    desk = Desk(postgres_database)
    await uploaded(desk, "c1")
    deleted, may_commit = asyncio.Event(), asyncio.Event()

    async def forget(tx: Transaction) -> None:
        await tx.execute(delete(documents))
        deleted.set()
        await may_commit.wait()

    forgetting = asyncio.create_task(desk.database.write(forget))
    await deleted.wait()
    again = asyncio.create_task(uploaded(desk, "c2"))
    await until_it_waits_for_a_lock(desk.database)
    may_commit.set()
    await forgetting
    assert await again
    assert (await desk.claimed()).location == Path("c2")


async def until_it_waits_for_a_lock(database: Database) -> None:
    async def waits(connection: AsyncConnection) -> bool:
        locks = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return bool((await connection.execute(text(locks))).scalar_one())

    while not await database.read(waits):  # noqa: ASYNC110  # another connection's state
        await asyncio.sleep(0.01)


async def test_uploads_that_older_rules_have_cut_are_due_again_and_no_others(desk: Desk) -> None:
    await uploaded(desk, "c1")
    await desk.work.finish(await desk.claimed(), read("v1"), "held")
    await desk.changed(A, "v1")
    await desk.work.finish(await desk.claimed(), read("v1"), "held")
    assert await desk.serving.reread_uploads() == 0

    async def age(tx: Transaction) -> None:
        await tx.execute(update(documents).values(fingerprint="older rules"))

    await desk.database.write(age)
    assert await desk.serving.reread_uploads() == 1
    assert (await desk.claimed()).document == U


async def test_only_contents_of_uploads_are_in_use(desk: Desk) -> None:
    await uploaded(desk, "c1")
    await desk.changed(A, "v1")
    wanted = ["c1", "c2", "/documents/a.md"]
    assert await desk.database.read(lambda connection: contents_in_use(connection, wanted)) == {"c1"}
