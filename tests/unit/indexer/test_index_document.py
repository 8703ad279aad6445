"""Whatever goes wrong with a document is noted with it: some of it is worth a retry, the rest fails with a reason."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.access import Access
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.port import Advance, KnowledgeIndexUnavailableError
from supportbot.indexer.domain.documents import DocumentGoneError, KnownDocument, UnreadableDocumentError
from supportbot.indexer.use_cases.embed_ahead import EmbedAhead
from supportbot.indexer.use_cases.follow_stages import STANDSTILL_S, StageFollower
from supportbot.indexer.use_cases.index_document import ISOLATED_FROM, LAST_ATTEMPT, IndexDocument
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

A = DocumentId("a.md")


class AheadInMemory(EmbedAhead):
    """Notes what served when vectors were asked for."""

    def __init__(self, index: IndexInMemory) -> None:
        super().__init__(index)
        self._documents = index.documents
        self.held_then: list[str] = []

    @property
    def wanted(self) -> bool:
        return True

    async def __call__(self, passages: Sequence[Passage], advance: Advance) -> None:
        self.held_then.append(self._documents[A][0])
        advance(len(passages), len(passages))


class Desk:
    """A worker with everything that it needs."""

    def __init__(self, *, error: BaseException | None = None) -> None:
        self.reader = PreparedReader(error)
        self.index = IndexInMemory()
        self.register = RegisterInMemory(
            {A: KnownDocument(A, "folder", "waiting", "v1", None, "f1", "/documents/a.md")}
        )
        self.work = WorkInMemory()
        index_document = IndexDocument(self.reader, self.index, self.register, self.work)
        remove, restrict = RemoveDocument(self.index, self.work), RestrictDocument(self.index, self.work)
        self.work_through = WorkThrough(self.work, index_document, remove, restrict)

    async def index_it(self, *, attempts: int = 1) -> list[str]:
        self.work.due.append(claimed(A, attempts=attempts))
        await self.work_through()
        return [end for _, end in self.work.ended]


async def test_a_document_serves_before_it_is_said_to() -> None:
    desk = Desk()
    assert await desk.index_it() == ["finished v1"]
    assert (await desk.index.versions())[A] == "v1"


async def test_what_nothing_can_be_made_of_fails_with_its_reason() -> None:
    assert await Desk(error=UnreadableDocumentError("The file is a PDF")).index_it() == ["failed: The file is a PDF"]


async def test_a_file_that_is_gone_is_removed() -> None:
    desk = Desk(error=DocumentGoneError("gone"))
    await desk.index_it()
    assert desk.register.rows[A].state == "removing"


@pytest.mark.parametrize("error", [OSError(24, "Too many open files"), KnowledgeIndexUnavailableError("locked")])
async def test_trouble_around_a_document_is_waited_for_and_not_charged_to_it(error: Exception) -> None:
    desk = Desk(error=error)
    assert await desk.index_it(attempts=LAST_ATTEMPT) == [f"postponed: {error}"]
    assert desk.work.pauses == [5.0]


async def test_a_fault_of_ours_is_tried_again_with_growing_pauses_and_then_fails() -> None:
    desk = Desk(error=ZeroDivisionError())
    for attempts in range(1, ISOLATED_FROM + 2):
        await desk.index_it(attempts=attempts)
    assert desk.work.pauses == [2.0, 4.0, 8.0]
    assert desk.work.ended[-1][1].startswith("failed: It could not be indexed: ZeroDivisionError; the log says more")


async def test_a_document_that_may_have_stopped_the_process_is_read_apart_and_given_up_in_the_end() -> None:
    desk = Desk()
    for attempts in range(1, LAST_ATTEMPT + 2):
        await desk.index_it(attempts=attempts)
    assert desk.reader.isolated == [attempts >= ISOLATED_FROM for attempts in range(1, LAST_ATTEMPT + 1)]
    assert "never came to an end" in desk.work.ended[-1][1]


async def test_one_failing_document_does_not_stop_the_next() -> None:
    desk = Desk()
    desk.work.due = [claimed("missing-words.md", attempts=LAST_ATTEMPT + 1), claimed("fine.md")]
    assert await desk.work_through() == 2
    assert desk.work.ended[1] == ("fine.md", "finished v1")


async def test_a_removed_document_leaves_the_index_and_then_the_memory() -> None:
    desk = Desk()
    await desk.index_it()
    desk.work.due = [claimed(A, removing=True)]
    await desk.work_through()
    assert (desk.index.documents, desk.work.ended[-1]) == ({}, (A, "forgotten"))


async def test_removing_waits_for_an_index_that_is_away() -> None:
    desk = Desk()
    desk.index.error = KnowledgeIndexUnavailableError("locked")
    desk.work.due = [claimed(A, removing=True)]
    await desk.work_through()
    assert desk.work.ended == [(A, "postponed: locked")]


@pytest.mark.parametrize("stuck", [False, True])
async def test_a_worker_that_is_cancelled_gives_its_claim_back_but_waits_for_nobody(*, stuck: bool) -> None:
    desk = Desk()
    desk.reader.hangs = True
    desk.work.stuck = stuck
    working = asyncio.create_task(desk.index_it())
    await desk.reader.reading.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(working, 10)
    assert desk.work.ended == ([] if stuck else [(A, "postponed: ")])


async def test_what_the_index_holds_without_anybody_knowing_is_removed_from_it() -> None:
    desk = Desk()
    desk.index.documents = {A: ("v1", ()), DocumentId("orphan.md"): ("v1", ())}
    await MatchIndex(desk.index, ServingInMemory([DocumentId("orphan.md")]))()
    assert set(desk.index.documents) == {A}


async def test_a_document_that_fails_says_at_which_stage_and_doing_what() -> None:
    desk = Desk(error=UnreadableDocumentError("The file is a PDF"))
    await desk.index_it()
    (document, reached), *_ = desk.work.told
    assert (document, reached.stage, reached.activity) == (A, "received", "reading")


async def test_what_gets_no_further_is_stopped_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STANDSTILL_S, "reading", 0.01)
    desk = Desk()
    desk.reader.hangs = True
    (ended,) = await desk.index_it()
    assert ended.startswith("postponed charged: Reading it has not got any further")


async def test_a_replaced_document_is_embedded_before_it_is_swapped() -> None:
    desk = Desk()
    ahead = AheadInMemory(desk.index)
    index_document = IndexDocument(desk.reader, desk.index, desk.register, desk.work, embed_ahead=ahead)
    for serves in (False, True):
        await index_document(replace(claimed(A), serves=serves), StageFollower(A))
    assert ahead.held_then == ["v1"]


async def test_a_document_whose_audience_alone_has_changed_is_not_read() -> None:
    desk = Desk()
    desk.work.due = [replace(claimed(A), state="settled", access=Access("operators"))]
    await desk.work_through()
    assert (desk.index.access[A], desk.reader.isolated) == (Access("operators"), [])
    assert desk.work.ended == [(A, "restricted")]


async def test_a_document_that_serves_is_restricted_before_anything_is_read() -> None:
    desk = Desk(error=UnreadableDocumentError("The file is a PDF"))
    desk.work.due = [replace(claimed(A), access=Access("operators"), restrict=True, serves=True)]
    await desk.work_through()
    assert desk.index.access[A] == Access("operators")
    assert desk.work.ended == [(A, "restricted"), (A, "failed: The file is a PDF")]


async def test_who_may_find_a_document_is_as_it_is_when_it_is_put_into_the_index() -> None:
    desk = Desk()
    desk.work.changed = Access("operators")
    await desk.index_it()
    assert desk.index.access[A] == Access("operators")


async def test_while_a_document_is_read_the_index_hears_who_may_find_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("supportbot.indexer.use_cases.work_through.TELL_S", 0.0)
    desk = Desk()
    desk.reader.hangs = True
    working = asyncio.create_task(desk.index_it())
    await desk.reader.reading.wait()
    desk.work.changed = Access("operators")
    await asyncio.wait_for(desk.index.restricted.wait(), 10)
    assert desk.index.access[A] == Access("operators")
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
