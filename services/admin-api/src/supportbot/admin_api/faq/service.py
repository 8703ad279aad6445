"""What programs do to the FAQ. The content is stored first; rows, document and event then in one transaction."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from supportbot.admin_api.access.audit import Actor, note
from supportbot.admin_api.faq.repository import FaqRepository
from supportbot.admin_api.faq.schemas import ANSWER_MOST, QUESTION_MOST, Entry, NewEntry
from supportbot.admin_api.faq.writing import ALIKE, document_of, key_of, likeness
from supportbot.common.database.clock import now
from supportbot.common.database.documents import begin_removal, receive_upload
from supportbot.common.database.schema.learning_tables import faq_entries, faq_questions
from supportbot.common.database.statements import insert_if_absent
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.errors import SupportbotError
from supportbot.common.files.kinds import FAQ
from supportbot.common.files.port import Files
from supportbot.common.ids import DocumentId, uuid7
from supportbot.common.knowledge.languages import detect_language
from supportbot.common.knowledge.tokens import stems
from supportbot.common.plain_text import clean_text

Outcome = Literal["new", "question_added", "answer_replaced", "known"]
_TRIES: Final = 5
_LONGEST_DOCUMENT: Final = 200_000


class NoEscalationError(SupportbotError):
    """There is no such escalation."""


class NoEntryError(SupportbotError):
    """There is no such entry."""


class NoReplyError(SupportbotError):
    """Nobody has replied to the escalation, and no answer was given either."""


class IncompletePairError(SupportbotError):
    """A question or an answer is missing, or nothing but white space, or too long."""


class AddedMeanwhileError(SupportbotError):
    """The same question is being added elsewhere, again and again."""


class SimilarEntryError(SupportbotError):
    """There is an entry for nearly this question: somebody has to say whether it is the same."""

    def __init__(self, entry_id: UUID) -> None:
        super().__init__(f"The entry {entry_id} is about nearly the same question")
        self.entry_id = entry_id


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and its answer, as they were reviewed."""

    question: str
    answer: str
    conversation_id: UUID | None


class FaqService:
    """Takes reviewed pairs in, and entries out."""

    def __init__(self, database: Database, files: Files, repository: FaqRepository, *, kept: int) -> None:
        """So many versions of an entry's document are `kept`."""
        self._database = database
        self._files = files
        self._repository = repository
        self._kept = kept

    async def add(self, new: NewEntry, actor: Actor) -> tuple[UUID, Outcome]:
        """Take a pair in. The same pair twice has one effect; a known question's new answer takes the old one's place.

        Raises:
            NoEscalationError, NoEntryError: what is named is not there.
            NoReplyError, IncompletePairError: there is no whole pair.
            AddedMeanwhileError: somebody else adds the same one.
            SimilarEntryError: nearly the same question is there, and it was not said what to make of that.
        """
        pair = await self._pair(new)
        for _ in range(_TRIES):
            entry = await self._entry_for(pair, new)
            done = await self._store(pair, entry, actor)
            if done is not None:
                return done
        raise AddedMeanwhileError("The same question is being added elsewhere")

    async def remove(self, entry_id: UUID, actor: Actor) -> None:
        """Drop an entry, its questions and its document; raises NoEntryError."""
        gone = delete(faq_entries).where(faq_entries.c.id == entry_id).returning(faq_entries.c.document)

        async def work(tx: Transaction) -> None:
            await tx.execute(delete(faq_questions).where(faq_questions.c.entry_id == entry_id))
            document = (await tx.execute(gone)).scalar_one_or_none()
            if document is None:
                raise NoEntryError(str(entry_id))
            await begin_removal(tx, DocumentId(document))
            await note(tx, actor, "faq_removed", entry_id)

        await self._database.write(work)

    async def _pair(self, new: NewEntry) -> Pair:
        conversation, question, answer = None, "", ""
        if new.escalation_id is not None:
            found = await self._repository.escalated(new.escalation_id)
            if found is None:
                raise NoEscalationError(str(new.escalation_id))
            conversation, question, answer = found
            if not answer and not new.answer:
                raise NoReplyError(str(new.escalation_id))
        question = " ".join(clean_text(new.question or question).split())
        answer = clean_text(new.answer or answer)
        if not (0 < len(question) <= QUESTION_MOST and 0 < len(answer) <= ANSWER_MOST):
            raise IncompletePairError("A pair has a question and an answer")
        return Pair(question, answer, conversation)

    async def _entry_for(self, pair: Pair, new: NewEntry) -> Entry | None:
        """The entry that the pair belongs to; None where it makes a new one."""
        asked = await self._repository.asked()
        key = key_of(pair.question)
        same = next((entry for entry, text in asked if key_of(text) == key), None)
        if same is None and new.entry_id is None and not new.distinct:
            words = stems(pair.question)
            near = max(((likeness(words, stems(text)), entry) for entry, text in asked), default=(0.0, None))
            if near[0] >= ALIKE and near[1] is not None:
                raise SimilarEntryError(near[1])
        wanted = same or new.entry_id
        entry = await self._repository.one(wanted) if wanted else None
        if entry is None and same is None and new.entry_id is not None:
            raise NoEntryError(str(new.entry_id))
        return entry

    async def _store(self, pair: Pair, entry: Entry | None, actor: Actor) -> tuple[UUID, Outcome] | None:
        """What became of it; None where somebody else was quicker with the same question."""
        entry_id = entry.id if entry else uuid7()
        asked = entry.questions if entry else []
        is_new_question = key_of(pair.question) not in map(key_of, asked)
        questions = [*asked, pair.question] if is_new_question else asked
        content = document_of(questions, pair.answer)
        stored = await self._files.put(_once(content), limit=_LONGEST_DOCUMENT)
        document = DocumentId(f"{FAQ}{entry_id}.md")

        outcome = _outcome(entry, pair, is_new=is_new_question)

        async def work(tx: Transaction) -> bool:
            if entry is None:
                await tx.execute(insert(faq_entries).values(_entry_row(entry_id, document, pair, actor.name[:80])))
            elif not await _change(tx, entry_id, pair, actor.name[:80]):
                return False
            if is_new_question and not await _ask(tx, entry_id, pair.question):
                raise _TakenError
            await receive_upload(tx, document, digest=stored.digest, size=stored.size, kept=self._kept)
            await note(tx, actor, "faq_reviewed", entry_id, {"outcome": outcome})
            return True

        try:
            done = await self._database.write(work)
        except _TakenError:
            return None
        return (entry_id, outcome) if done else None


class _TakenError(Exception):
    """Another request has just added this question: roll back, and look again."""


def _entry_row(entry_id: UUID, document: DocumentId, pair: Pair, reviewer: str) -> dict[str, object]:
    return {
        "id": entry_id,
        "conversation_id": pair.conversation_id,
        "document": document,
        "answer": pair.answer,
        "language": detect_language(f"{pair.question}\n{pair.answer}"),
        "reviewed_by": reviewer,
        "created_at": now(),
        "updated_at": now(),
    }


async def _change(tx: Transaction, entry_id: UUID, pair: Pair, reviewer: str) -> bool:
    """Give an entry this answer; false where it has gone."""
    here = select(faq_entries.c.id).where(faq_entries.c.id == entry_id).with_for_update()
    if (await tx.execute(here)).scalar_one_or_none() is None:
        return False
    values = {"answer": pair.answer, "reviewed_by": reviewer, "updated_at": now()}
    changed = update(faq_entries).where(faq_entries.c.id == entry_id, faq_entries.c.answer != pair.answer)
    await tx.execute(changed.values(values))
    return True


async def _ask(tx: Transaction, entry_id: UUID, question: str) -> bool:
    row = {"id": uuid7(), "entry_id": entry_id, "text": question, "key": key_of(question)}
    return await insert_if_absent(tx, faq_questions, row, moments=("created_at",))


def _outcome(entry: Entry | None, pair: Pair, *, is_new: bool) -> Outcome:
    if entry is None:
        return "new"
    if entry.answer != pair.answer:
        return "answer_replaced"
    return "question_added" if is_new else "known"


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
