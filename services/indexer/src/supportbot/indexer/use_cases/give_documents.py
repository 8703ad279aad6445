"""Add files that somebody names to the knowledge base, and tell how their indexing goes.

They are copied into the documents folder: so they stay when the originals go, are in the backup, and can be changed or
deleted there like any other document. Giving the same file again replaces its copy.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from supportbot.common.ids import DocumentId
from supportbot.indexer.domain.documents import Progress, StoredOutcome
from supportbot.indexer.ports import DocumentRegister, GivenFiles
from supportbot.indexer.use_cases.scan_folder import ScanFolder

_LOOK_S = 0.1
_ENDED = ("ready", "failed", "retired")


@dataclass(frozen=True, slots=True)
class GivenDocument:
    """What became of a file that was given."""

    source: Path
    document: DocumentId | None
    """None where it was not even copied."""
    outcome: StoredOutcome


class GiveDocuments:
    """Copies, scans, and waits until a worker, of this process or of another on the same data, is done."""

    def __init__(
        self, given: GivenFiles, register: DocumentRegister, scan: ScanFolder, ring: Callable[[], None]
    ) -> None:
        self._given = given
        self._register = register
        self._scan = scan
        self._ring = ring

    async def __call__(self, paths: Sequence[Path], progress: Callable[[Progress], None]) -> list[GivenDocument]:
        """Give files and folders; `progress` hears of each document that is done."""
        results: list[GivenDocument] = []
        copied: dict[DocumentId, Path] = {}
        for source, document in await self._given.plan(paths):
            error = await self._copy(source, document)
            if error:
                results.append(GivenDocument(source, None, StoredOutcome("failed", 0, error)))
            else:
                copied[document] = source
        await self._scan()
        for document, source in copied.items():
            if not self._given.is_at_home(source):
                await self._register.note_given(document, source)
        self._ring()
        outcomes = await self._wait(list(copied), progress)
        return results + [GivenDocument(copied[document], document, outcomes[document]) for document in copied]

    async def _copy(self, source: Path, document: DocumentId) -> str:
        """Why a file was not copied; empty where it is there now."""
        if self._given.is_at_home(source):
            return ""
        before = await self._register.given_from(document)
        return await self._given.copy(source, document, replace=before == str(source))

    async def _wait(
        self, documents: list[DocumentId], progress: Callable[[Progress], None]
    ) -> dict[DocumentId, StoredOutcome]:
        ended: dict[DocumentId, StoredOutcome] = {}
        missing = StoredOutcome("failed", 0, "It is of no kind that is read, or was removed again")
        while len(ended) < len(documents):
            outcomes = await self._register.outcomes([name for name in documents if name not in ended])
            for name in documents:
                outcome = outcomes.get(name, missing)
                if name not in ended and outcome.state in _ENDED:
                    ended[name] = outcome
                    progress(Progress(len(ended), len(documents), name, outcome))
            if len(ended) < len(documents):
                await asyncio.sleep(_LOOK_S)
        return ended
