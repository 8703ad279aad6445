"""Who works on which document, on SQLite and on PostgreSQL: one worker at each, and nothing newer is ever hidden."""

from pathlib import Path

import pytest
from sqlalchemy import update

from supportbot.common.contracts import DocumentFailed, DocumentIndexed
from supportbot.common.contracts.envelope import Event
from supportbot.common.database.clock import after
from supportbot.common.database.tables import documents
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.ids import DocumentId
from supportbot.indexer.adapters.register import SqlDocumentRegister
from supportbot.indexer.adapters.work_list import SqlWorkList
from supportbot.indexer.domain.chunking import chunk_document
from supportbot.indexer.domain.documents import ClaimedDocument, FoundFile, KnownDocument
from supportbot.indexer.ports import ReadDocument

A, B = DocumentId("a.md"), DocumentId("ru/б.md")


class Desk:
    """The two tables' sides: what scans write, what workers do."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.register = SqlDocumentRegister(database)
        self.work = SqlWorkList(database)
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
    await desk.work.finish(await desk.claimed(), read("v1"))
    row = await desk.row(A)
    assert (row.state, row.version, row.indexed_version) == ("ready", "v1", "v1")
    status = await desk.register.status()
    assert (status.ready, status.waiting, status.failed, status.passages) == (1, 0, 0, 1)
    assert [event.passages for event in desk.events if isinstance(event, DocumentIndexed)] == [1]


async def test_a_file_that_was_written_between_scan_and_reading_counts_as_what_was_read(desk: Desk) -> None:
    await desk.changed(A, "v1")
    await desk.work.finish(await desk.claimed(), read("v2"))
    row = await desk.row(A)
    assert (row.state, row.version, row.indexed_version) == ("ready", "v2", "v2")


async def test_a_file_that_changes_while_it_is_indexed_is_due_again(desk: Desk) -> None:
    await desk.changed(A, "v1")
    claimed = await desk.claimed()
    await desk.changed(A, "v3")
    assert await desk.work.claim() is None  # nobody else begins before this worker has ended
    await desk.work.finish(claimed, read("v1"))
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
    await desk.work.finish(await desk.claimed(), read("v1"))
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
    await desk.work.finish(quick, read("v2"))
    await desk.work.finish(slow, read("v1"))
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
    await desk.work.take_possession()
    assert (await desk.claimed()).attempts == 2


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
    await desk.work.finish(await desk.claimed(), read("v1"))
    await desk.register.begin_removal([A])
    claimed = await desk.claimed()
    await desk.changed(A, "v1")
    await desk.work.forget(claimed)
    row = await desk.row(A)
    assert (row.state, row.indexed_version) == ("waiting", None)
    assert (await desk.claimed()).document == A


async def test_what_the_index_has_lost_is_indexed_again_and_what_nobody_knows_is_named(desk: Desk) -> None:
    await desk.changed(A, "v1")
    await desk.work.finish(await desk.claimed(), read("v1"))
    assert await desk.work.match({A: "v1", B: "v1"}) == [B]
    assert (await desk.row(A)).state == "ready"
    assert await desk.work.match({}) == []
    assert (await desk.row(A)).state == "waiting"


async def test_what_somebody_is_at_is_left_to_them(desk: Desk) -> None:
    await desk.changed(A, "v1")
    claimed = await desk.claimed()
    await desk.work.match({A: "v1"})  # it is in the index already, and not yet said so
    await desk.work.finish(claimed, read("v1"))
    assert (await desk.row(A)).state == "ready"


async def test_an_index_of_an_older_encoding_is_made_again_however_long_its_version_reads(desk: Desk) -> None:
    await desk.changed(A, "v" * 64)
    await desk.work.finish(await desk.claimed(), read("v" * 64))
    await desk.work.match({A: "outdated:" + "v" * 64})
    assert (await desk.row(A)).state == "waiting"


async def test_a_document_that_was_given_remembers_where_it_came_from(desk: Desk) -> None:
    await desk.changed(A, "v1")
    assert await desk.register.given_from(A) is None
    await desk.register.note_given(A, Path("/home/somebody/a.md"))
    await desk.changed(A, "v2")
    assert await desk.register.given_from(A) == "/home/somebody/a.md"
    assert (await desk.row(A)).origin == "given"
