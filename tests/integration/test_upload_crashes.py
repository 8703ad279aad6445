"""A process that dies between two steps of an upload: nothing half-done shows, and what is left over is swept."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.access.audit import COMMAND
from supportbot.admin_api.documents.repository import DocumentRepository
from supportbot.admin_api.documents.service import UNUSED_FOR_S, DocumentService, OnceKey, UploadTooSlowError
from supportbot.admin_api.documents.sweep import sweep_contents
from supportbot.common.database.document_versions import forget_versions
from supportbot.common.database.documents import receive_upload
from supportbot.common.database.schema.tables import documents, outbox
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.ids import DocumentId, uuid7
from supportbot.indexer.adapters.work_list import SqlWorkList
from tests.fakes.files import FilesInMemory
from tests.integration.api_stage import DOCUMENTS, ApiStage, until_state
from tests.integration.indexing import eventually

LIMIT = 1000
OLD = UNUSED_FOR_S + 1


class Desk:
    """The service over files whose age can be set."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.files = FilesInMemory()
        self.service = DocumentService(database, self.files, LIMIT, kept=1)
        self.repository = DocumentRepository(database)

    async def upload(self, content: bytes, name: str = "a.md", once: OnceKey | None = None) -> DocumentId:
        async def pieces() -> AsyncIterator[bytes]:
            yield content

        return (await self.service.upload(name, pieces(), COMMAND, once)).document

    def age(self) -> None:
        for digest in self.files.stored_at:
            self.files.stored_at[digest] = time.time() - OLD

    async def sweep(self) -> set[bytes]:
        """What is left after a sweep."""
        await self.files.sweep(UNUSED_FOR_S, self.repository.contents_in_use)
        return set(self.files.contents.values())

    async def count(self, table: object) -> int:
        async def work(connection: AsyncConnection) -> int:
            return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())  # type: ignore[arg-type]

        return await self.database.read(work)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


async def test_a_content_without_its_document_is_swept_when_none_can_come_any_more(desk: Desk) -> None:
    await desk.upload(b"kept")

    async def orphan() -> AsyncIterator[bytes]:
        yield b"the process died before the document was stored"

    await desk.files.put(orphan(), limit=LIMIT)
    assert len(await desk.sweep()) == 2
    desk.age()
    assert await desk.sweep() == {b"kept"}


async def test_contents_of_replaced_and_removed_documents_are_swept(desk: Desk) -> None:
    await desk.upload(b"old")
    await desk.upload(b"new")
    gone = await desk.upload(b"gone", "b.md")
    await desk.service.remove(gone, COMMAND)
    desk.age()
    assert await desk.sweep() == {b"new", b"gone"}  # until it has left the index, it can still be needed

    async def forget(tx: Transaction) -> None:
        await tx.execute(documents.delete().where(documents.c.id == gone))
        await forget_versions(tx, gone)

    await desk.database.write(forget)
    assert await desk.sweep() == {b"new"}


async def test_a_content_that_two_documents_have_stays_while_one_has_it(desk: Desk) -> None:
    await desk.upload(b"same", "a.md")
    await desk.upload(b"same", "b.md")
    await desk.upload(b"other", "a.md")
    desk.age()
    assert await desk.sweep() == {b"same", b"other"}


async def test_document_event_and_idempotency_key_are_stored_together_or_not_at_all(desk: Desk) -> None:
    once = OnceKey(uuid7(), "k1")

    class DiesBeforeTheCommit(Exception):  # noqa: N818
        pass

    async def dying(tx: Transaction) -> None:
        await receive_upload(tx, DocumentId("~uploads/a.md"), digest="0" * 64, size=1)
        raise DiesBeforeTheCommit

    with pytest.raises(DiesBeforeTheCommit):
        await desk.database.write(dying)
    assert (await desk.count(documents), await desk.count(outbox)) == (0, 0)
    await desk.upload(b"text", once=once)
    assert (await desk.count(documents), await desk.count(outbox)) == (1, 1)
    await desk.upload(b"text", once=once)
    assert (await desk.count(documents), await desk.count(outbox)) == (1, 1)


async def test_an_upload_that_takes_for_ever_is_given_up(desk: Desk) -> None:
    async def trickling() -> AsyncIterator[bytes]:
        yield b"a"
        await asyncio.Event().wait()

    impatient = DocumentService(desk.database, desk.files, LIMIT, within_s=0.05)
    with pytest.raises(UploadTooSlowError):
        await impatient.upload("a.md", trickling(), COMMAND)
    assert desk.files.contents == {}
    assert await desk.count(documents) == 0


async def test_the_sweep_goes_on_where_files_or_database_are_away(desk: Desk) -> None:
    await desk.upload(b"old")
    await desk.upload(b"new")
    desk.age()
    desk.files.away = True
    sweeping = asyncio.create_task(sweep_contents(desk.files, desk.repository, every_s=0.01))
    await asyncio.sleep(0)
    desk.files.away = False

    async def swept() -> bool:
        return set(desk.files.contents.values()) == {b"new"}

    await eventually(swept)
    sweeping.cancel()
    await asyncio.gather(sweeping, return_exceptions=True)


async def test_an_index_that_was_changed_by_a_worker_that_died_is_completed_by_the_next(
    tmp_path: Path, database: Database
) -> None:
    stage = ApiStage(tmp_path, database)
    async with stage.client() as client:
        await client.post(DOCUMENTS, params={"name": "a.md"}, content=b"# A\n\nOld.")
        async with stage.indexing():
            await until_state(client, "~uploads/a.md", "live")
        await client.post(DOCUMENTS, params={"name": "a.md"}, content=b"# A\n\nNew.")
        await _claim_and_die(database)
        async with stage.indexing() as (_, index):
            document = await until_state(client, "~uploads/a.md", "live")
            assert document["passages"] == 1
            assert len(await index.versions()) == 1


async def _claim_and_die(database: Database) -> None:
    assert await SqlWorkList(database).claim() is not None
