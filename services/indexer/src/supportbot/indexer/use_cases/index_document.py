"""Make a waiting document's content what answers are made from."""

from collections.abc import Sequence
from dataclasses import replace

from supportbot.common.database.transactions import DatabaseUnavailableError
from supportbot.common.errors import SupportbotError
from supportbot.common.files.port import FilesUnavailableError
from supportbot.common.files.refusals import refused_text
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.port import KnowledgeIndex, KnowledgeIndexUnavailableError
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.metrics import DOCUMENTS_INDEXED, INDEX_SECONDS
from supportbot.common.telemetry.outage import Outage
from supportbot.common.telemetry.tracing import span
from supportbot.indexer.domain.contexts import tagged
from supportbot.indexer.domain.documents import ClaimedDocument, DocumentGoneError, UnreadableDocumentError
from supportbot.indexer.domain.refusals import refusal
from supportbot.indexer.ports import DocumentReader, DocumentRegister, ReadDocument, WorkList
from supportbot.indexer.use_cases.add_contexts import AddContexts
from supportbot.indexer.use_cases.embed_ahead import EmbedAhead
from supportbot.indexer.use_cases.follow_stages import StageFollower

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
        *,
        embed_ahead: EmbedAhead | None = None,
    ) -> None:
        self._reader = reader
        self._index = index
        self._register = register
        self._work = work
        self._add_contexts = add_contexts
        self._embed_ahead = embed_ahead
        self._outage = Outage("Documents have to wait", "Documents are indexed again")

    async def __call__(self, claimed: ClaimedDocument, follower: StageFollower) -> None:
        """Index a claimed document and give the claim back; the follower hears how far it is."""
        with INDEX_SECONDS.time(), span("index document", document=claimed.document, attempt=claimed.attempts):
            try:
                await self._index_it(claimed, follower)
                self._outage.over()
            except DocumentGoneError:
                await self._register.begin_removal([claimed.document])
                await self._work.postpone(claimed, error="", seconds=0, charged=False)
            except UnreadableDocumentError as error:
                await self._fail(claimed, follower, str(error))
            except _TROUBLE as error:
                _count("postponed")
                self._outage.met(error)
                await self._work.tell(claimed, follower.now)
                await self._work.postpone(claimed, error=str(error), seconds=_TRANSIENT_S, charged=False)
            except Exception as error:
                await self._note_fault(claimed, follower, error)

    async def _index_it(self, claimed: ClaimedDocument, follower: StageFollower) -> None:
        if claimed.attempts > LAST_ATTEMPT:
            raise refusal("never_ended", attempts=LAST_ATTEMPT)
        if claimed.restrict and claimed.serves:  # whatever becomes of the new content
            await self._index.restrict(claimed.document, claimed.access)
            await self._work.restricted(claimed)
        async with follower.doing("reading"):
            apart = claimed.attempts >= ISOLATED_FROM
            read = await self._reader.read(claimed.document, claimed.location, isolated=apart)
        read = _in_language(read, claimed.language)
        follower.reach("parsed")
        follower.reach("chunked")
        version, passages = await self._with_contexts(claimed, read, follower)
        if self._embed_ahead is not None and self._embed_ahead.wanted and claimed.serves:
            async with follower.doing("embedding", len(passages)):
                await self._embed_ahead(passages, follower.advance)
        follower.reach("embedded")
        await self._put(claimed, version, passages, follower)
        follower.reach("indexed")
        await self._work.finish(claimed, replace(read, passages=tuple(passages)), version)
        follower.reach("live")
        _count("indexed")
        log = _log.info if read.warning else _log.debug
        log("Document indexed", document=claimed.document, passages=len(read.passages), warning=read.warning)

    async def _put(
        self, claimed: ClaimedDocument, version: str, passages: Sequence[Passage], follower: StageFollower
    ) -> None:
        """Let the index serve this, for whom the document is now: what came before may have taken long."""
        async with follower.doing("indexing", len(passages)):
            access = await self._work.access(claimed)
            await self._index.replace(claimed.document, version, passages, follower.advance, access)

    async def _with_contexts(
        self, claimed: ClaimedDocument, read: ReadDocument, follower: StageFollower
    ) -> tuple[str, Sequence[Passage]]:
        """The document's version and passages for the index; searched as they are while contexts are written.

        Without all contexts the version is one that `MatchIndex` takes for outdated, so that it is tried again.
        """
        if self._add_contexts is None:
            return read.version, read.passages
        placed = await self._add_contexts.recalled(read.passages)
        if not placed.complete:
            await self._put(claimed, read.version, placed.passages, follower)
            async with follower.doing("describing", len(read.passages)):
                placed = await self._add_contexts.written(read.passages, follower.advance)
        return tagged(read.version, self._add_contexts.tag) if placed.complete else read.version, placed.passages

    async def _fail(self, claimed: ClaimedDocument, follower: StageFollower, error: str) -> None:
        _count("failed")
        reached = follower.now
        told = {"stage": reached.stage, "activity": reached.activity, "done": reached.done, "total": reached.total}
        _log.warning("A document could not be indexed", document=claimed.document, error=error, **told)
        await self._work.tell(claimed, reached)
        await self._work.fail(claimed, error)

    async def _note_fault(self, claimed: ClaimedDocument, follower: StageFollower, error: Exception) -> None:
        """A fault of ours: worth a few more tries, since the next one runs by itself."""
        _log.exception("Indexing a document failed", document=claimed.document, attempt=claimed.attempts)
        if claimed.attempts > ISOLATED_FROM:
            await self._fail(claimed, follower, str(refusal("fault", error=_named(error))))
        else:
            _count("postponed")
            seconds = min(2.0**claimed.attempts, _LONGEST_PAUSE_S)
            await self._work.tell(claimed, follower.now)
            await self._work.postpone(claimed, error=_named(error), seconds=seconds, charged=True)


def _in_language(read: ReadDocument, language: str | None) -> ReadDocument:
    """With passages in the language that was given, if one was."""
    if language is None:
        return read
    return replace(read, passages=tuple(replace(passage, language=language) for passage in read.passages))


def _named(error: Exception) -> str:
    """What a person is told of a fault: the text of ours, which says what to do, of others no more than their name."""
    if isinstance(error, SupportbotError):
        return str(error)
    return refused_text("unexpected", error=type(error).__name__)


def _count(outcome: str) -> None:
    DOCUMENTS_INDEXED.labels(outcome).inc()
