"""What operators do to conversations. Each is one transaction by the same rules as everywhere else."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import insert

from supportbot.admin_api.access import audit
from supportbot.admin_api.access.audit import Actor
from supportbot.admin_api.inbox import triage
from supportbot.admin_api.inbox.assignments import NoColleagueError, assign, colleague, release
from supportbot.admin_api.inbox.drafts import forget_draft, keep_draft
from supportbot.admin_api.inbox.schemas import Kept
from supportbot.common.attached_files import StoredAttachment
from supportbot.common.database import conversations as protocol
from supportbot.common.database.clock import now
from supportbot.common.database.conversations import UnknownConversationError
from supportbot.common.database.handover import Change, change_who_answers
from supportbot.common.database.schema.operator_tables import notes
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.database.updates import DuplicateUpdateError, remember_update
from supportbot.common.digests import digest_of
from supportbot.common.errors import SupportbotError
from supportbot.common.ids import ConversationId, uuid7
from supportbot.common.plain_text import TEXT_LIMIT, clean_text

AUTHOR_CHARACTERS: Final = 80
NOBODY: Final = Actor(None, "local")
AUDITED: Final[Mapping[Change, str]] = {
    "take-over": "conversation_taken",
    "hand-back": "conversation_handed_back",
    "close": "conversation_closed",
}


class EmptyReplyError(SupportbotError):
    """There is nothing in it but white space."""


class ReplyTooLongError(SupportbotError):
    """It has more characters than a reply may have."""


class ReusedIdError(SupportbotError):
    """The id of what was sent before came with another text."""


class InboxService:
    """Replies and changes of who answers."""

    def __init__(self, database: Database, *, shows_names: bool = False) -> None:
        self._database = database
        self._shows_names = shows_names

    async def reply(
        self,
        conversation_id: ConversationId,
        *,
        text: str,
        seen: int,
        client_id: str,
        operator: str = "",
        operator_id: UUID | None = None,
        file: StoredAttachment | None = None,
    ) -> None:
        """Send a person's reply, once however often it arrives; it deals with everything up to message `seen`.

        A file goes after the words, of which there may be none then. Whoever replies has taken the conversation: the
        machine is silent from then on.

        Raises:
            EmptyReplyError, ReplyTooLongError: it cannot be sent.
            ReusedIdError: another text was sent under this id; this one was not.
            UnknownConversationError: the conversation is gone.
        """
        cleaned = _fit(text) if file is None or clean_text(text) else ""

        async def work(tx: Transaction) -> None:
            shown = operator if self._shows_names else ""
            if await change_who_answers(tx, conversation_id, "take-over", name=shown) and operator_id is not None:
                await assign(tx, conversation_id, operator_id)
            if cleaned:
                await protocol.operator_reply(
                    tx, conversation_id, text=cleaned, operator=shown, seen=seen, replied_by=operator
                )
            if file is not None:
                await protocol.operator_file(
                    tx, conversation_id, file=file, operator=shown, seen=seen, replied_by=operator
                )
            body_hash = digest_of(cleaned if file is None else f"{cleaned}\n{file.digest}")
            source = f"inbox:{conversation_id}"
            await remember_update(tx, source, digest_of(client_id), body_hash)
            await forget_draft(tx, conversation_id, operator_id)

        try:
            await self._database.write(work)
        except DuplicateUpdateError as error:
            _expect_the_same(error)  # it was stored already

    async def note(
        self,
        conversation_id: ConversationId,
        *,
        text: str,
        client_id: str,
        author: str,
        operator_id: UUID | None = None,
    ) -> None:
        """Write something down for colleagues alone, once however often it arrives.

        Raises:
            EmptyReplyError, ReplyTooLongError, UnknownConversationError, ReusedIdError
        """
        cleaned = _fit(text)

        async def work(tx: Transaction) -> None:
            await protocol.hold(tx, conversation_id)
            row = {
                "id": uuid7(),
                "conversation_id": conversation_id,
                "author": author[:AUTHOR_CHARACTERS],
                "text": cleaned,
            }
            await tx.execute(insert(notes).values(**row, created_at=now()))
            await remember_update(tx, f"note:{conversation_id}", digest_of(client_id), digest_of(cleaned))
            await forget_draft(tx, conversation_id, operator_id)

        try:
            await self._database.write(work)
        except DuplicateUpdateError as error:
            _expect_the_same(error)  # it was stored already

    async def keep(self, conversation_id: ConversationId, operator_id: UUID, kept: Kept) -> None:
        """Keep what was written and not sent yet; an empty text forgets it. Raises UnknownConversationError."""
        fit = Kept(kept.text[:TEXT_LIMIT], kept.is_note)
        await self._database.write(lambda tx: keep_draft(tx, conversation_id, operator_id, fit), lane="relaxed")

    async def change(
        self, conversation_id: ConversationId, change: Change, by: Actor = NOBODY, *, operator_id: UUID | None = None
    ) -> None:
        """Let a person or the machine answer, or close. Whoever takes it over has it, until it goes back or is closed.

        Raises:
            UnknownConversationError: the conversation is gone.
        """

        async def work(tx: Transaction) -> None:
            await step(tx, conversation_id, change, operator_id)
            await audit.note(tx, by, AUDITED[change], conversation_id)

        await self._database.write(work)

    async def give(self, conversation_id: ConversationId, operator_id: UUID | None, by: Actor = NOBODY) -> None:
        """Give it to a colleague, who answers from then on, or to nobody.

        Raises:
            UnknownConversationError, NoColleagueError
        """
        await self._database.write(lambda tx: give(tx, conversation_id, operator_id, by))

    async def set_priority(self, conversation_id: ConversationId, priority: int, by: Actor = NOBODY) -> None:
        """Raises UnknownConversationError."""

        async def work(tx: Transaction) -> None:
            await triage.set_priority(tx, conversation_id, priority)
            await audit.note(tx, by, "conversation_priority", conversation_id, {"priority": priority})

        await self._database.write(work)

    async def snooze(self, conversation_id: ConversationId, until: datetime | None, by: Actor = NOBODY) -> None:
        """Out of sight until then; None ends it. Raises UnknownConversationError."""

        async def work(tx: Transaction) -> None:
            if until is None:
                await triage.wake(tx, conversation_id)
                return await audit.note(tx, by, "conversation_woken", conversation_id)
            await triage.snooze(tx, conversation_id, until)
            return await audit.note(tx, by, "conversation_snoozed", conversation_id, {"until": until.isoformat()})

        await self._database.write(work)

    async def label(
        self, conversation_id: ConversationId, name: str, by: Actor = NOBODY, *, remove: bool = False
    ) -> None:
        """Raises UnknownConversationError, UnfitLabelError."""

        async def work(tx: Transaction) -> None:
            await (triage.remove_label if remove else triage.add_label)(tx, conversation_id, name)
            action = "conversation_unlabelled" if remove else "conversation_labelled"
            await audit.note(tx, by, action, conversation_id, {"label": triage.fit_label(name)})

        await self._database.write(work)


async def step(tx: Transaction, conversation_id: ConversationId, change: Change, operator_id: UUID | None) -> None:
    """One of the changes, with who has it from then on."""
    await change_who_answers(tx, conversation_id, change)
    if change == "take-over" and operator_id is not None:
        await assign(tx, conversation_id, operator_id)
    elif change != "take-over":
        await release(tx, conversation_id)


async def give(tx: Transaction, conversation_id: ConversationId, operator_id: UUID | None, by: Actor) -> None:
    """Let one colleague have it, or nobody. Raises UnknownConversationError, NoColleagueError."""
    await protocol.hold(tx, conversation_id)
    if operator_id is None:
        await release(tx, conversation_id)
        return await audit.note(tx, by, "conversation_released", conversation_id)
    to = await colleague(tx.connection, operator_id)
    await step(tx, conversation_id, "take-over", to.id)
    return await audit.note(tx, by, "conversation_given", conversation_id, {"to": to.name})


def _fit(text: str) -> str:
    cleaned = clean_text(text)
    if not cleaned:
        raise EmptyReplyError("The reply is empty")
    if len(cleaned) > TEXT_LIMIT:
        raise ReplyTooLongError(f"The reply has {len(cleaned)} characters; {TEXT_LIMIT} are allowed")
    return cleaned


def _expect_the_same(error: DuplicateUpdateError) -> None:
    if not error.same_body:
        raise ReusedIdError("Something else was sent under this id; this text was not") from error


__all__ = [
    "AUDITED",
    "Change",
    "EmptyReplyError",
    "InboxService",
    "NoColleagueError",
    "ReplyTooLongError",
    "ReusedIdError",
    "UnknownConversationError",
    "give",
    "step",
]
