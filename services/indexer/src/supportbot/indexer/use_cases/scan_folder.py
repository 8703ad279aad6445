"""Compare a folder with what is known of it: what is new or changed waits to be indexed, what is gone is removed."""

import asyncio
from dataclasses import dataclass

from supportbot.common.ids import DocumentId
from supportbot.common.telemetry.logging import logger
from supportbot.indexer.domain.documents import DocumentGoneError, FoundFile, KnownDocument, Origin
from supportbot.indexer.domain.documents import UnreadableDocumentError as Unreadable
from supportbot.indexer.ports import DocumentRegister, Files, Look

_BATCH = 32
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Changes:
    """What a scan found."""

    changed: int
    removed: int


class ScanFolder:
    """Only files whose size, dates or place on the disk have changed are read."""

    def __init__(self, files: Files, register: DocumentRegister, *origins: Origin) -> None:
        """`origins`: of the documents in this folder; new ones get the first."""
        self._files = files
        self._register = register
        self._origins = origins
        self._scanning = asyncio.Lock()

    async def __call__(self) -> Changes:
        """Scan once; two scans at the same time run one after the other."""
        async with self._scanning:
            look = await self._files.look()
            known = await self._register.known(*self._origins)
            changed = await self._note_changes(look, known)
            removed = _gone(look, known)
            if removed:
                await self._register.begin_removal(removed)
            if changed or removed:
                _log.info("Documents have changed", changed=changed, removed=len(removed))
            return Changes(changed, len(removed))

    async def _note_changes(self, look: Look, known: dict[DocumentId, KnownDocument]) -> int:
        total = 0
        suspects = [file for file in look.files if not _is_as_known(file, known.get(file.document))]
        for start in range(0, len(suspects), _BATCH):
            total += await self._note_batch(suspects[start : start + _BATCH], known)
        return total

    async def _note_batch(self, files: list[FoundFile], known: dict[DocumentId, KnownDocument]) -> int:
        changed: list[tuple[FoundFile, str]] = []
        seen: dict[DocumentId, str] = {}
        for file in files:
            before = known.get(file.document)
            version = await self._version(file, before)
            if version is None:
                continue
            if before is None or before.version != version or before.state == "removing":
                changed.append((file, version))
            elif file.fingerprint:
                seen[file.document] = file.fingerprint
        if changed:
            await self._register.note_changed(changed, self._origins[0])
        if seen:
            await self._register.note_seen(seen)
        return len(changed)

    async def _version(self, file: FoundFile, before: KnownDocument | None) -> str | None:
        try:
            return await self._files.version(file)
        except DocumentGoneError:
            return None  # the next scan sees that it is gone
        except OSError as error:
            _log.warning("A document cannot be read now", document=file.document, error=error.strerror)
            return None  # the disk or the system is in trouble; the next scan tries again
        except Unreadable as error:
            if before is None or before.state != "failed" or before.version:
                _log.warning("A document cannot be read", document=file.document, error=str(error))
                await self._register.note_unreadable(file, self._origins[0], str(error))
            return None


def _is_as_known(file: FoundFile, known: KnownDocument | None) -> bool:
    if known is None or known.state == "removing":
        return False
    return bool(file.fingerprint) and known.fingerprint == file.fingerprint


def _gone(look: Look, known: dict[DocumentId, KnownDocument]) -> list[DocumentId]:
    there = {file.document for file in look.files}
    return [
        document
        for document, row in known.items()
        if document not in there and row.state not in ("removing", "retired") and not document.startswith(look.unseen)
    ]
