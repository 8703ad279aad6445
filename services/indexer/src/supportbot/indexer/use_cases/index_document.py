"""Make a waiting document's content what answers are made from."""

from collections.abc import Sequence

from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.files.port import FilesUnavailableError
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.port import KnowledgeIndex, KnowledgeIndexUnavailableError
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.metrics import DOCUMENTS_INDEXED, INDEX_SECONDS
from supportbot.common.telemetry.outage import Outage
from supportbot.common.telemetry.tracing import span
from supportbot.indexer.domain.contexts import tagged
from supportbot.indexer.domain.documents import ClaimedDocument, DocumentGoneError, UnreadableDocumentError
from supportbot.indexer.ports import DocumentReader, DocumentRegister, ReadDocument, WorkList
from supportbot.indexer.use_cases.add_contexts import AddContexts

ISOLATED_FROM = 3
"""From this attempt on a document is read by itself: it may be what stopped the process before."""
LAST_ATTEMPT = 6
_TRANSIENT_S = 5.0
_LONGEST_PAUSE_S = 60.0
_TROUBLE = (KnowledgeIndexUnavailableError, DatabaseUnavailableError, FilesUnavailableError, OSError)
"""Nothing that a document could be blamed for."""
_log = logger(__name__)


class IndexDocument:
    """One document at a time; whatever goes wrong with it is noted with it and is no other document's business."""

    def __init__(
        self,
        reader: DocumentReader,
        index: KnowledgeIndex,
        register: DocumentRegister,
        work: WorkList,
        add_contexts: AddContexts | None = None,
    ) -> None:
        self._reader = reader
        self._index = index
        self._register = register
        self._work = work
        self._add_contexts = add_contexts
        self._outage = Outage("Documents have to wait", "Documents are indexed again")

    async def __call__(self, claimed: ClaimedDocument) -> None:
        """Index a claimed document and give the claim back."""
        with INDEX_SECONDS.time(), span("index document", document=claimed.document, attempt=claimed.attempts):
            try:
                await self._index_it(claimed)
                self._outage.over()
            except DocumentGoneError:
                await self._register.begin_removal([claimed.document])
                await self._work.postpone(claimed, error="", seconds=0, charged=False)
            except UnreadableDocumentError as error:
                await self._fail(claimed, str(error))
            except _TROUBLE as error:
                _count("postponed")
                self._outage.met(error)
                await self._work.postpone(claimed, error=str(error), seconds=_TRANSIENT_S, charged=False)
            except Exception as error:
                await self._note_fault(claimed, error)

    async def _index_it(self, claimed: ClaimedDocument) -> None:
        if claimed.attempts > LAST_ATTEMPT:
            raise UnreadableDocumentError(
                f"Indexing it was begun {LAST_ATTEMPT} times and never came to an end. Simplify the file, or split it"
            )
        read = await self._reader.read(claimed.document, claimed.location, isolated=claimed.attempts >= ISOLATED_FROM)
        version, passages = await self._with_contexts(claimed, read)
        await self._index.replace(claimed.document, version, passages)
        await self._work.finish(claimed, read)
        _count("indexed")
        log = _log.info if read.warning else _log.debug
        log("Document indexed", document=claimed.document, passages=len(read.passages), warning=read.warning)

    async def _with_contexts(self, claimed: ClaimedDocument, read: ReadDocument) -> tuple[str, Sequence[Passage]]:
        """The document's version and passages for the index; searched as they are while contexts are written.

        Without all contexts the version is one that `MatchIndex` takes for outdated, so that it is tried again.
        """
        if self._add_contexts is None:
            return read.version, read.passages
        placed = await self._add_contexts.recalled(read.passages)
        if not placed.complete:
            await self._index.replace(claimed.document, read.version, placed.passages)
            placed = await self._add_contexts.written(read.passages)
        return tagged(read.version, self._add_contexts.tag) if placed.complete else read.version, placed.passages

    async def _fail(self, claimed: ClaimedDocument, error: str) -> None:
        _count("failed")
        _log.warning("A document could not be indexed", document=claimed.document, error=error)
        await self._work.fail(claimed, error)

    async def _note_fault(self, claimed: ClaimedDocument, error: Exception) -> None:
        """A fault of ours: worth a few more tries, since the next one runs by itself."""
        _log.exception("Indexing a document failed", document=claimed.document, attempt=claimed.attempts)
        if claimed.attempts > ISOLATED_FROM:
            await self._fail(claimed, f"It could not be indexed ({type(error).__name__}); the log says more")
        else:
            _count("postponed")
            seconds = min(2.0**claimed.attempts, _LONGEST_PAUSE_S)
            await self._work.postpone(claimed, error=type(error).__name__, seconds=seconds, charged=True)


def _count(outcome: str) -> None:
    DOCUMENTS_INDEXED.labels(outcome).inc()
