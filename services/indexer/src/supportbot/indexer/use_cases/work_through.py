"""Do everything that is due, one document after the other."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.knowledge.port import KnowledgeIndexUnavailableError
from supportbot.common.telemetry.logging import logger
from supportbot.indexer.domain.documents import ClaimedDocument
from supportbot.indexer.ports import WorkList
from supportbot.indexer.use_cases.follow_stages import StageFollower
from supportbot.indexer.use_cases.index_document import IndexDocument
from supportbot.indexer.use_cases.remove_document import RemoveDocument
from supportbot.indexer.use_cases.restrict_document import RestrictDocument

RENEW_S = 10.0
TELL_S = 1.0
"""Where the work is is stored at most so often: most documents are done before that."""
GIVE_BACK_S = 1.0
_log = logger(__name__)


class WorkThrough:
    """Claims documents until none is due. Cancelled in between, it gives its claim back uncharged."""

    def __init__(
        self,
        work: WorkList,
        index_document: IndexDocument,
        remove_document: RemoveDocument,
        restrict_document: RestrictDocument,
    ) -> None:
        self._work = work
        self._restrict_document = restrict_document
        self._index_document = index_document
        self._remove_document = remove_document

    async def __call__(self) -> int:
        """Returns how many documents were dealt with."""
        done = 0
        while await self.step():
            done += 1
        return done

    async def step(self) -> bool:
        """Deal with one document; False if none was due."""
        claimed = await self._work.claim()
        if claimed is None:
            return False
        follower = StageFollower(claimed.document)
        try:
            async with self._holding(claimed, follower):
                if claimed.state == "removing":
                    await self._remove_document(claimed)
                elif claimed.state == "settled":
                    await self._restrict_document(claimed)
                else:
                    await self._index_document(claimed, follower)
        except asyncio.CancelledError:
            await self._give_back(claimed)
            raise
        return True

    async def _give_back(self, claimed: ClaimedDocument) -> None:
        """The claim ends by itself too, so where everything is being cancelled, the database as well, nobody waits."""
        with contextlib.suppress(TimeoutError, DatabaseUnavailableError):
            async with asyncio.timeout(GIVE_BACK_S):
                await asyncio.shield(self._work.postpone(claimed, error="", seconds=0, charged=False))

    @asynccontextmanager
    async def _holding(self, claimed: ClaimedDocument, follower: StageFollower) -> AsyncIterator[None]:
        renewing = asyncio.create_task(self._renew(claimed), name=f"renew {claimed.document}")
        telling = asyncio.create_task(self._tell(claimed, follower), name=f"tell of {claimed.document}")
        try:
            yield
        finally:
            renewing.cancel()
            telling.cancel()

    async def _tell(self, claimed: ClaimedDocument, follower: StageFollower) -> None:
        """Store where it is, and let the index know where somebody changes meanwhile who may find it."""
        told: tuple[object, ...] = ()
        access = claimed.access
        while True:
            await asyncio.sleep(TELL_S)
            with contextlib.suppress(DatabaseUnavailableError, KnowledgeIndexUnavailableError):  # a later one does
                access = await self._restrict_document.follow(claimed, access)
                if follower.mark != told:
                    await self._work.tell(claimed, follower.now)
                    told = follower.mark

    async def _renew(self, claimed: ClaimedDocument) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            try:
                await self._work.renew(claimed)
            except DatabaseUnavailableError as error:
                _log.warning("A claim could not be renewed", document=claimed.document, error=str(error))
