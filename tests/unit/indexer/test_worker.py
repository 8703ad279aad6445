"""The loop that works: at a ring, in two lanes, and through outages."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import structlog

from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.passages import Passage
from supportbot.indexer.domain.documents import ClaimedDocument
from supportbot.indexer.entrypoints.doorbell import Doorbell
from supportbot.indexer.entrypoints.worker import Worker
from supportbot.indexer.ports import ReadDocument
from supportbot.indexer.use_cases.index_document import IndexDocument
from supportbot.indexer.use_cases.match_index import MatchIndex
from supportbot.indexer.use_cases.remove_document import RemoveDocument
from supportbot.indexer.use_cases.restrict_document import RestrictDocument
from supportbot.indexer.use_cases.work_through import WorkThrough
from tests.unit.indexer.fakes import (
    IndexInMemory,
    PreparedReader,
    RegisterInMemory,
    ServingInMemory,
    WorkInMemory,
    claimed,
)


class SlowReader(PreparedReader):
    """Needs for `slow.md` as long as one likes."""

    async def read(self, document: DocumentId, path: Path, *, isolated: bool) -> ReadDocument:
        self.hangs = document == "slow.md"
        return await super().read(document, path, isolated=isolated)


class GatedReader(PreparedReader):
    """Reads once it may."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def read(self, document: DocumentId, path: Path, *, isolated: bool) -> ReadDocument:
        await self.gate.wait()
        return await super().read(document, path, isolated=isolated)


class PatientDoorbell(Doorbell):
    """Waits for a ring however long it takes, and says that somebody waits."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = asyncio.Event()

    async def wait(self, seconds: float) -> bool:
        self.waiting.set()
        return await super().wait(1000 * seconds)


class WatchedWork(WorkInMemory):
    """Says when a document is finished; the first claims may fail."""

    def __init__(self, *due: str, outages: int = 0) -> None:
        super().__init__([claimed(name) for name in due])
        self.outages = outages
        self.finished: asyncio.Queue[str] = asyncio.Queue()

    async def claim(self) -> ClaimedDocument | None:
        if self.outages:
            self.outages -= 1
            raise DatabaseUnavailableError("away")
        return await super().claim()

    async def finish(self, claimed: ClaimedDocument, read: ReadDocument, held: str) -> None:
        self.finished.put_nowait(claimed.document)


class MatchedDocuments(ServingInMemory):
    """Says when they are compared with the index."""

    def __init__(self) -> None:
        super().__init__()
        self.matched: asyncio.Queue[list[DocumentId]] = asyncio.Queue()

    async def match(self, versions: Mapping[DocumentId, str]) -> list[DocumentId]:
        self.matched.put_nowait(list(versions))
        return await super().match(versions)


def worker_of(
    work: WatchedWork,
    doorbell: Doorbell,
    index: IndexInMemory | None = None,
    reader: PreparedReader | None = None,
    serving: ServingInMemory | None = None,
) -> Worker:
    index = index or IndexInMemory()
    index_document = IndexDocument(reader or SlowReader(), index, RegisterInMemory(), work)
    work_through = WorkThrough(work, index_document, RemoveDocument(index, work), RestrictDocument(index, work))
    return Worker(doorbell, work_through, MatchIndex(index, serving or ServingInMemory()), None, None)


async def test_a_document_that_takes_long_holds_up_no_other() -> None:
    work = WatchedWork("slow.md", "a.md", "b.md")
    doorbell = Doorbell()
    running = asyncio.create_task(worker_of(work, doorbell).run())
    assert [await work.finished.get(), await work.finished.get()] == ["a.md", "b.md"]
    work.due.append(claimed("late.md"))
    doorbell.ring()
    assert await work.finished.get() == "late.md"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert work.ended == [("slow.md", "postponed: ")]


async def test_a_pile_of_documents_is_one_line_in_the_log() -> None:
    work = WatchedWork("a.md", "b.md", "c.md")
    worker = worker_of(work, Doorbell())
    with structlog.testing.capture_logs() as logs:
        running = asyncio.create_task(worker.run())
        while not any(line["log_level"] == "info" for line in logs):  # noqa: ASYNC110  # the log has no event to await
            await asyncio.sleep(0.01)
        worker.stop()
        await running
    told = [line for line in logs if line["log_level"] == "info"]
    assert [(line["event"], line["documents"]) for line in told] == [("Documents worked through", 3)]


async def test_an_outage_is_waited_for() -> None:
    work = WatchedWork("a.md", outages=2)
    doorbell = Doorbell()
    doorbell.ring()
    running = asyncio.create_task(worker_of(work, doorbell).run())
    assert await work.finished.get() == "a.md"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_an_index_that_lost_everything_is_compared_again_at_once() -> None:
    index, serving, doorbell = IndexInMemory(), MatchedDocuments(), Doorbell()
    passage = Passage(ChunkId(UUID(int=1)), DocumentId("a.md"), "A", (), "text", 0, "a.md")
    await index.replace(DocumentId("a.md"), "1", [passage])
    running = asyncio.create_task(worker_of(WatchedWork(), doorbell, index, serving=serving).run())
    assert await serving.matched.get() == ["a.md"]
    while serving.matched.empty():
        doorbell.ring()
        await asyncio.sleep(0.01)
        if index.looks > 1:
            index.documents.clear()
    assert await serving.matched.get() == []
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_told_to_stop_it_ends_though_a_lane_without_work_hears_the_ring() -> None:
    work, doorbell, reader = WatchedWork("a.md"), PatientDoorbell(), GatedReader()
    worker = worker_of(work, doorbell, reader=reader)
    running = asyncio.create_task(worker.run())
    await doorbell.waiting.wait()
    reader.gate.set()
    assert await work.finished.get() == "a.md"
    worker.stop()
    async with asyncio.timeout(20):
        await running


async def test_told_to_stop_it_finishes_its_document_and_takes_no_other() -> None:
    work = WatchedWork()
    worker = worker_of(work, Doorbell())
    worker.stop()
    work.due.append(claimed("a.md"))
    await asyncio.wait_for(worker.run(), 10)
    assert len(work.due) == 1
