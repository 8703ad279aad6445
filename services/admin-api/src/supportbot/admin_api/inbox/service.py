"""What operators do to conversations. Each is one transaction by the same rules as everywhere else."""

from typing import Literal
from uuid import UUID

from sqlalchemy import insert

from supportbot.admin_api.inbox.assignments import assign, release
from supportbot.common.database import conversations as protocol
from supportbot.common.database.clock import now
from supportbot.common.database.conversations import UnknownConversationError
from supportbot.common.database.handover import say_in_telegram
from supportbot.common.database.schema.operator_tables import notes
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.database.updates import DuplicateUpdateError, remember_update
from supportbot.common.digests import digest_of
from supportbot.common.errors import SupportbotError
from supportbot.common.ids import ConversationId, uuid7
from supportbot.common.plain_text import TEXT_LIMIT, clean_text

Change = Literal["take-over", "hand-back", "close"]


class EmptyReplyError(SupportbotError):
    """There is nothing in it but white space."""


class ReplyTooLongError(SupportbotError):
    """It has more characters than a reply may have."""


class InboxService:
    """Replies and changes of who answers."""

    def __init__(self, database: Database, *, shows_names: bool = False) -> None:
        self._database = database
        self._shows_names = shows_names

    async def reply(
        self, conversation_id: ConversationId, *, text: str, seen: int, client_id: str, operator: str = ""
    ) -> None:
        """Send a person's reply, once however often it arrives; it deals with everything up to message `seen`.

        Raises:
            EmptyReplyError, ReplyTooLongError: it cannot be sent.
            UnknownConversationError: the conversation is gone.
        """
        cleaned = _fit(text)

        async def work(tx: Transaction) -> None:
            shown = operator if self._shows_names else ""
            await protocol.operator_reply(
                tx, conversation_id, text=cleaned, operator=shown, seen=seen, replied_by=operator
            )
            source, body_hash = f"inbox:{conversation_id}", digest_of(cleaned)
            await remember_update(tx, source, digest_of(client_id), body_hash)

        try:
            await self._database.write(work)
        except DuplicateUpdateError:
            return  # it was stored already

    async def note(self, conversation_id: ConversationId, *, text: str, client_id: str, author: str) -> None:
        """Write something down for colleagues alone, once however often it arrives.

        Raises:
            EmptyReplyError, ReplyTooLongError, UnknownConversationError
        """
        cleaned = _fit(text)

        async def work(tx: Transaction) -> None:
            await protocol.hold(tx, conversation_id)
            row = {"id": uuid7(), "conversation_id": conversation_id, "author": author, "text": cleaned}
            await tx.execute(insert(notes).values(**row, created_at=now()))
            await remember_update(tx, f"note:{conversation_id}", digest_of(client_id), digest_of(cleaned))

        try:
            await self._database.write(work)
        except DuplicateUpdateError:
            return  # it was stored already

    async def change(self, conversation_id: ConversationId, change: Change, operator_id: UUID | None = None) -> None:
        """Let a person or the machine answer, or close. Whoever takes it over has it, until it goes back or is closed.

        Raises:
            UnknownConversationError: the conversation is gone.
        """
        steps = {"take-over": protocol.take_over, "hand-back": protocol.hand_back, "close": protocol.close}

        async def work(tx: Transaction) -> None:
            await say_in_telegram(tx, conversation_id, change)
            await steps[change](tx, conversation_id)
            if change == "take-over" and operator_id is not None:
                await assign(tx, conversation_id, operator_id)
            elif change != "take-over":
                await release(tx, conversation_id)

        await self._database.write(work)


def _fit(text: str) -> str:
    cleaned = clean_text(text)
    if not cleaned:
        raise EmptyReplyError("The reply is empty")
    if len(cleaned) > TEXT_LIMIT:
        raise ReplyTooLongError(f"The reply has {len(cleaned)} characters; {TEXT_LIMIT} are allowed")
    return cleaned


__all__ = ["Change", "EmptyReplyError", "InboxService", "ReplyTooLongError", "UnknownConversationError"]
