"""The embedded knowledge index: Qdrant Edge in this process, in a folder that this process owns."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self, TypeVar

from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.access import Access, Audience
from supportbot.common.knowledge.edge_flush import QuietFlush
from supportbot.common.knowledge.edge_places import EdgePlaces
from supportbot.common.knowledge.folder_lock import FolderInUseError, FolderLock
from supportbot.common.knowledge.passages import Candidate, Passage, SparseVector
from supportbot.common.knowledge.port import Advance, KnowledgeIndexUnavailableError, Successor
from supportbot.common.knowledge.senses import Sense, SenseSpace, Vector
from supportbot.common.telemetry.logging import logger

if TYPE_CHECKING:
    from supportbot.common.knowledge.edge_shard import EdgeShard

_TURN_S: Final = 0.004
"""So long a change goes on before searches get their turn."""
_log = logger(__name__)
T = TypeVar("T")


class EdgeKnowledgeIndex:
    """KnowledgeIndex over one folder; one call of the engine runs at a time, so that readers see whole states.

    Calls run in a thread of their own. A search, which is shorter than the way there and back, runs at once where that
    thread is idle: the engine holds the interpreter's lock in any thread.
    """

    def __init__(self, folder: Path, lock: FolderLock, shard: "EdgeShard", thread: ThreadPoolExecutor) -> None:
        """Use `open`."""
        self._folder = folder
        self._places = EdgePlaces(folder)
        self._lock = lock
        self._shard = shard
        self._thread = thread
        self._calling = threading.Lock()
        self._writing = asyncio.Lock()
        self._closed = False
        self._building = False
        self._quiet = QuietFlush(self._flush)
        if not shard.flushed:
            self._quiet.note_change()
        self._flushing = asyncio.create_task(self._quiet.run(), name="knowledge index to disk")

    @classmethod
    async def open(cls, folder: Path) -> Self:
        """Open or make the index in a folder; raises KnowledgeIndexUnavailableError where that cannot be."""
        try:
            lock = FolderLock(folder)
        except (FolderInUseError, OSError) as error:
            raise KnowledgeIndexUnavailableError(f"the knowledge index cannot be opened: {error}") from error
        thread = ThreadPoolExecutor(1, "knowledge-index")
        try:
            shard = await asyncio.get_running_loop().run_in_executor(thread, _open_shard, folder)
        except BaseException as error:
            thread.shutdown()
            lock.release()
            if _is_of_the_engine(error):
                raise _damaged(folder, error) from error
            raise
        return cls(folder, lock, shard, thread)

    async def search(
        self,
        vectors: Mapping[str, SparseVector],
        limit: int,
        sense: Sense | None = None,
        reader: Audience = "public",
    ) -> list[Candidate]:
        """See KnowledgeIndex."""
        self._quiet.note_use()
        if not self._calling.acquire(blocking=False):
            return await self._run(self._shard.search, vectors, limit, sense, reader)
        try:
            self._refuse_when_closed()
            with self._naming_errors():
                return self._shard.search(vectors, limit, sense, reader)
        finally:
            self._calling.release()

    async def frequencies(self, space: str, terms: Sequence[int]) -> dict[int, int]:
        """See KnowledgeIndex; read from a mapped file, so at once."""
        self._refuse_when_closed()
        return self._shard.frequencies(space, terms)

    async def size(self) -> int:
        """See KnowledgeIndex."""
        self._refuse_when_closed()
        return self._shard.size()

    async def has_for_operators(self) -> bool:
        """See KnowledgeIndex."""
        self._refuse_when_closed()
        return self._shard.has_for_operators()

    async def neighbours(self, document: DocumentId, positions: Sequence[int]) -> list[Passage]:
        """See KnowledgeIndex."""
        return await self._run(self._shard.neighbours, document, positions)

    async def replace(
        self,
        document: DocumentId,
        version: str,
        passages: Sequence[Passage],
        advance: Advance | None = None,
        access: Access | None = None,
    ) -> None:
        """See KnowledgeIndex; searches are answered from the old version meanwhile."""
        async with self._writing:
            self._quiet.note_change()
            steps = self._shard.replacing(document, version, passages, access)
            while (done := await self._run(_go_on, steps)) is not None:
                self._quiet.note_change()
                if advance is not None:
                    advance(done, len(passages))

    async def restrict(self, document: DocumentId, access: Access) -> None:
        """See KnowledgeIndex."""
        async with self._writing:
            self._quiet.note_change()
            await self._run(self._shard.restrict, document, access)

    async def remove(self, document: DocumentId) -> None:
        """See KnowledgeIndex."""
        async with self._writing:
            self._quiet.note_change()
            await self._run(self._shard.remove, document)

    async def versions(self) -> dict[DocumentId, str]:
        """See KnowledgeIndex; kept in memory, as it is asked for while others search."""
        self._refuse_when_closed()
        return self._shard.versions()

    async def sense_space(self) -> SenseSpace | None:
        """See KnowledgeIndex."""
        self._refuse_when_closed()
        return self._shard.sense_space

    async def without_sense(self, document: DocumentId, space: SenseSpace) -> list[Passage]:
        """See KnowledgeIndex."""
        return await self._run(self._shard.without_sense, document, space)

    async def add_senses(self, document: DocumentId, space: SenseSpace, vectors: Mapping[ChunkId, Vector]) -> None:
        """See KnowledgeIndex."""
        del document  # a passage's id says of which document it is
        async with self._writing:
            self._quiet.note_change()
            await self._run(self._shard.add_senses, space, vectors)

    async def use_space(self, space: SenseSpace) -> None:
        """See KnowledgeIndex."""
        async with self._writing:
            self._quiet.note_change()
            await self._run(self._shard.use_space, space)

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[Successor]:
        """See KnowledgeIndex."""
        self._refuse_when_closed()
        if self._building:
            raise KnowledgeIndexUnavailableError(
                "the knowledge index is being rebuilt already; wait until that is done"
            )
        self._building = True
        place, swapping = self._places.new(), list[asyncio.Task[None]]()
        try:
            index = await EdgeKnowledgeIndex.open(place)

            async def take_over() -> None:
                swapping.append(asyncio.create_task(self._go_on_with(index, place), name="swap knowledge indexes"))
                await asyncio.shield(swapping[-1])  # once begun, it is brought to its end

            try:
                yield Successor(index, take_over)
            finally:
                await asyncio.gather(*swapping, return_exceptions=True)
                await index.close()
        finally:
            await asyncio.to_thread(self._places.clear)
            self._building = False

    async def _go_on_with(self, successor: "EdgeKnowledgeIndex", place: Path) -> None:
        """Search what a successor has built in a place, which the pointer names from then on."""
        async with self._writing:
            shard = await successor.hand_over()
            await self._run(self._places.point_at, place)
            former, self._shard = self._shard, shard  # whatever was asked before this goes to the former one
            shard.take_senses_from(former)
            self._quiet.note_change()
            await self._run(former.let_go)

    async def snapshot(self, folder: Path) -> None:
        """See KnowledgeIndex; nothing is written meanwhile."""
        async with self._writing:
            await self._run(self._copy, folder)

    async def close(self) -> None:
        """See KnowledgeIndex."""
        async with self._writing:
            if self._closed:
                return
            self._flushing.cancel()
            try:
                await self._run(self._shard.close)
            except KnowledgeIndexUnavailableError as error:  # marked as not whole: the next start makes it anew
                _log.warning("The knowledge index could not be brought to the disk at the end", error=str(error))
            self._closed = True
            self._thread.shutdown()
            self._lock.release()

    async def hand_over(self) -> "EdgeShard":
        """The shard, on the disk and with nobody at it."""
        async with self._writing:
            self._flushing.cancel()
            await self._run(self._shard.flush)
            self._closed = True
            self._thread.shutdown()
            self._lock.release()
            return self._shard

    async def _flush(self) -> None:
        async with self._writing:
            if not self._closed:
                await self._run(self._shard.flush)

    async def _run(self, call: Callable[..., T], *arguments: object) -> T:
        self._refuse_when_closed()
        with self._naming_errors():
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._alone, call, arguments)

    def _alone(self, call: Callable[..., T], arguments: Sequence[object]) -> T:
        with self._calling:
            return call(*arguments)

    @contextmanager
    def _naming_errors(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            if _is_of_the_engine(error):
                raise _damaged(self._folder, error) from error
            raise

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise KnowledgeIndexUnavailableError(f"the knowledge index in {self._folder} is closed; open it again")

    def _copy(self, folder: Path) -> None:
        self._shard.flush()
        self._places.copy(folder)


def _open_shard(folder: Path) -> "EdgeShard":
    from supportbot.common.knowledge.edge_shard import EdgeShard

    places = EdgePlaces(folder)
    places.clear()
    return EdgeShard(places.searched, places.senses)


def _go_on(steps: Iterator[int]) -> int | None:
    """Most documents are done in one turn. How many passages are in place; None when there is no step left."""
    until = time.perf_counter() + _TURN_S
    return next((done for done in steps if time.perf_counter() >= until), None)


def _is_of_the_engine(error: BaseException) -> bool:
    """Whether Qdrant or the disk failed, not our code: the engine raises bare `Exception`, and panics by their name."""
    return type(error) is Exception or isinstance(error, OSError) or type(error).__name__ == "PanicException"


def _damaged(folder: Path, error: BaseException) -> KnowledgeIndexUnavailableError:
    return KnowledgeIndexUnavailableError(
        f"the knowledge index in {folder} cannot be used ({error}): check that the disk has room and the folder is "
        "writable; if it is damaged, delete the folder, and all documents are indexed again at the next start"
    )
