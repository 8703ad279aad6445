"""What a person of staff does in a conversation, from wherever in Telegram they do it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from supportbot.common.attached_files import FileAtTelegram
from supportbot.common.database.clock import now
from supportbot.common.database.conversations import UnknownConversationError, close, operator_file, operator_reply
from supportbot.common.database.handover import Change, change_who_answers
from supportbot.common.database.outbound import Reply, queue_reply
from supportbot.common.database.people import set_banned
from supportbot.common.database.schema.operator_tables import notes
from supportbot.common.database.schema.tables import conversations
from supportbot.common.database.staff_mirror import note_mode
from supportbot.common.database.staff_places import Place, place_of, queue_in_place, queue_topic_step, take_place
from supportbot.common.database.transactions import Transaction
from supportbot.common.i18n import translate
from supportbot.common.ids import BotId, ConversationId, uuid7
from supportbot.common.telemetry.logging import logger
from supportbot.gateway.use_cases.staff_language import language_in

_AUTHOR_CHARACTERS = 80
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody of staff at work in one conversation, within one transaction."""

    tx: Transaction
    conversation_id: ConversationId
    name: str

    async def conversation(self) -> Row[Any]:
        """The conversation as it stands; raises UnknownConversationError."""
        found = select(conversations).where(conversations.c.id == self.conversation_id)
        row = (await self.tx.execute(found)).one_or_none()
        if row is None:
            raise UnknownConversationError(self.conversation_id)
        return row

    async def take(self) -> bool:
        """Let the machine be silent from now, and say who is there. False where a person answers already."""
        if not await self._change("take-over", "person"):
            return False
        await self._open_topic()
        return True

    async def back(self, *, seen: int = 0) -> bool:
        """Let the machine answer again, without what was said between people. False where it does already.

        `seen`: up to which message they have looked at what the person sent.
        """
        return await self._change("hand-back", "machine", seen=seen)

    async def close(self) -> bool:
        """End the conversation, and say so. False where it is closed."""
        return await self._change("close", "closed")  # its topic is closed when all that is to be said in it was queued

    async def reply(self, text: str, *, seen: int, more: Mapping[str, Any] | None = None) -> str:
        """Write to the person; whoever writes has taken the conversation. Returns the reply's key."""
        await self.take()
        _log.info("A person replies in Telegram", conversation_id=str(self.conversation_id), characters=len(text))
        more = {"from": "telegram", **(more or {})}
        return await operator_reply(self.tx, self.conversation_id, text=text, operator=self.name, seen=seen, more=more)

    async def file(self, file: FileAtTelegram, bot: BotId, *, seen: int, more: Mapping[str, Any]) -> str:
        """Send what Telegram keeps to somebody who is not there; `bot` can open it. Returns the reply's key."""
        await self.take()
        _log.info("A person sends a file in Telegram", conversation_id=str(self.conversation_id), kind=file.kind)
        more, of = {"from": "telegram", **more}, self.conversation_id
        return await operator_file(self.tx, of, file=file, operator=self.name, seen=seen, bot=bot, more=more)

    async def note(self, text: str) -> None:
        """Keep something that only staff read, here and in the inbox."""
        of = {"id": uuid7(), "conversation_id": self.conversation_id, "created_at": now()}
        await self.tx.execute(insert(notes).values({**of, "author": self.name[:_AUTHOR_CHARACTERS], "text": text}))

    async def ban(self, *, banned: bool) -> bool:
        """Take nothing more in from the person, or again. False where the person has no Telegram id."""
        row = await self.conversation()
        if row.channel != "telegram" or not row.chat.isdecimal():
            return False
        await set_banned(self.tx, BotId(row.bot), int(row.chat), self.name if banned else None)
        if banned:
            await close(self.tx, self.conversation_id)
            await note_mode(self.tx, self.conversation_id, "closed")
        return True

    async def come_to(self, bot: BotId, chat: int, *, told_seq: int, key: str = "") -> Place:
        """Have what the person writes told in this chat of theirs from now on.

        Where the conversation has a topic it stays there. With a `key`, which makes it the only one of its kind, a
        colleague who had it is told so.
        """
        before = await place_of(self.tx, self.conversation_id)
        place = await take_place(self.tx, self.conversation_id, bot=bot, chat=chat, told_seq=told_seq)
        if not key or before is None or before.in_group or before.chat == place.chat:
            return place
        row = await self.conversation()
        if row.mode == "person":
            language = await language_in(self.tx, before.bot, before.chat, asker=row.language)
            name = row.user_name or translate("staff.somebody", language)
            text = translate("staff.colleague_goes_on", language, name=name, operator=self.name)
            await tell_staff(self.tx, before, f"moved:{key}", text)
        return place

    async def _change(self, change: Change, mode: str, *, seen: int = 0) -> bool:
        changed = await change_who_answers(self.tx, self.conversation_id, change, name=self.name, seen=seen)
        if changed:
            await note_mode(self.tx, self.conversation_id, mode)
        return changed

    async def _open_topic(self) -> None:
        place = await place_of(self.tx, self.conversation_id)
        if place is not None and place.in_group and not place.is_open:
            await queue_topic_step(self.tx, place, "reopen")


async def act_on(
    tx: Transaction, conversation_id: UUID, details: Mapping[str, Any], text: str = "", name: str = ""
) -> None:
    """Queue a change of what stands in the person's chat."""
    c = conversations.c
    taking_place = update(conversations).where(c.id == conversation_id).values(out_seq=c.out_seq + 1)
    row = (await tx.execute(taking_place.returning(*c))).one()
    more = {"kind": "operator", "language": row.language, **details}
    await queue_reply(tx, row, Reply(text, "act", name, more))


async def tell_staff(tx: Transaction, place: Place, key: str, text: str) -> None:
    """Queue a word to staff where they talk about the conversation."""
    await queue_in_place(tx, place, key=key, reply=Reply(text, "staff_notice", details={"kind": "staff_note"}))
