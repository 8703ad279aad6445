"""Storing what was read as conversations that are over: nothing of it is answered or sent again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import now
from supportbot.common.database.people import person_known, set_banned
from supportbot.common.database.schema.tables import conversations, escalations, messages, outbound
from supportbot.common.database.statements import insert_if_absent
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.ids import BotId, ConversationId, uuid7
from supportbot.standalone.importing.records import Chat, Said

BANNED_BY: Final = "import"
REASON: Final = "asked_for_person"
_MARK: Final = "imported"


@dataclass(slots=True)
class Stored:
    """What became of everything."""

    conversations: int = 0
    messages: int = 0
    replies: int = 0
    requests: int = 0
    banned: int = 0
    known: int = 0
    """Messages and replies that were here already."""
    in_use: list[int] = field(default_factory=list)
    """Chats in which people wrote here meanwhile: what is new in the other database would come after that."""
    silent: int = 0
    """People who never said a word."""


@dataclass(frozen=True, slots=True)
class _Here:
    """What of a chat is here."""

    row: Row[Any] | None
    messages: frozenset[UUID]
    sources: frozenset[str]


async def store_chats(database: Database, bot: BotId, chats: Sequence[Chat], *, dry_run: bool = False) -> Stored:
    """Store each chat in a transaction of its own; done again, only what is new since then is stored."""
    stored = Stored()
    for chat in chats:
        await _store(database, bot, chat, stored, dry_run=dry_run)
    return stored


async def _store(database: Database, bot: BotId, chat: Chat, stored: Stored, *, dry_run: bool) -> None:
    person = await database.read(lambda connection: person_known(connection, bot, chat.telegram_id))
    if chat.is_banned and not person.is_banned:
        stored.banned += 1
        if not dry_run:
            await database.write(lambda tx: set_banned(tx, bot, chat.telegram_id, BANNED_BY))
    if not chat.said:
        stored.silent += 1
        return
    here = await database.read(lambda connection: _here(connection, bot, chat))
    new = [one for one in chat.said if not _is_here(bot, one, here)]
    stored.known += len(chat.said) - len(new)
    if not new:
        return
    ours = {_message_id(bot, one) for one in chat.said}
    if here.messages - ours:
        stored.in_use.append(chat.telegram_id)
        return
    stored.conversations += 1
    stored.messages += sum(one.who == "user" for one in new)
    stored.replies += sum(one.who != "user" for one in new)
    stored.requests += sum(one.waits for one in new)
    if not dry_run:
        await database.write(lambda tx: _write(tx, bot, chat, new))


async def _here(connection: AsyncConnection, bot: BotId, chat: Chat) -> _Here:
    c = conversations.c
    this = select(conversations).where(c.channel == "telegram", c.bot == bot, c.chat == str(chat.telegram_id))
    row = (await connection.execute(this)).one_or_none()
    if row is None:
        return _Here(None, frozenset(), frozenset())
    ids = (await connection.execute(select(messages.c.id).where(messages.c.conversation_id == row.id))).scalars()
    details = await connection.execute(select(outbound.c.details).where(outbound.c.conversation_id == row.id))
    return _Here(row, frozenset(ids), frozenset(one[_MARK] for one in details.scalars() if _MARK in one))


def _is_here(bot: BotId, said: Said, here: _Here) -> bool:
    return said.source in here.sources if said.who != "user" else _message_id(bot, said) in here.messages


async def _write(tx: Transaction, bot: BotId, chat: Chat, new: Sequence[Said]) -> None:
    c, moment = conversations.c, {"created_at": new[0].at, "active_at": new[-1].at, "due_at": new[-1].at}
    of_chat = {"channel": "telegram", "bot": bot, "chat": str(chat.telegram_id)}
    told = {"user_name": chat.name, "language": chat.language}
    await insert_if_absent(tx, conversations, {"id": uuid7(), **of_chat, **told, **moment})
    this = update(conversations).where(*(c[name] == value for name, value in of_chat.items()))
    row = (await tx.execute(this.values(active_at=new[-1].at).returning(*c))).one()  # from here on it is locked
    rows = _Rows(row, bot, of_chat)
    for one in new:
        rows.add(one)
    for table, made in ((messages, rows.messages), (outbound, rows.replies)):
        if made:
            await tx.connection.execute(insert(table), made)
    for request in rows.requests:
        await tx.execute(insert(escalations).values(**request, staff_told_at=now()))
    await tx.execute(this.values(last_seq=rows.seq, done_seq=rows.seq, out_seq=rows.out_seq))


class _Rows:
    """The rows of what is said in one conversation, each in its place."""

    def __init__(self, conversation: Row[Any], bot: BotId, of_chat: dict[str, str]) -> None:
        self._id = ConversationId(conversation.id)
        self._bot = bot
        self._of_chat = of_chat
        self.seq, self.out_seq = conversation.last_seq, conversation.out_seq
        self.messages: list[dict[str, Any]] = []
        self.replies: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []

    def add(self, said: Said) -> None:
        """The next one."""
        if said.who == "user":
            self._message(said)
        else:
            self._reply(said)

    def _message(self, said: Said) -> None:
        self.seq += 1
        of = {"conversation_id": self._id, "seq": self.seq}
        row = {"id": _message_id(self._bot, said), "kind": "text", "text": said.text, "received_at": said.at}
        self.messages.append({**of, **row})
        if said.waits:
            asked = {"id": uuid7(int(said.at.timestamp() * 1000)), "question": said.text, "reason": REASON}
            self.requests.append(
                {**asked, "conversation_id": self._id, "turn_to": self.seq, "state": "open", "created_at": said.at}
            )

    def _reply(self, said: Said) -> None:
        self.out_seq += 1
        self.replies.append(
            {
                **self._of_chat,
                "reply_key": f"{self._id}:{self.out_seq}:0",
                "conversation_id": self._id,
                "lane": str(self._id),
                "out_seq": self.out_seq,
                "author": said.who,
                "body": said.text,
                "details": {_MARK: said.source},
                "turn_to": self.seq,
                "status": "sent",
                "not_before": said.at,
                "created_at": said.at,
                "sent_at": said.at,
            }
        )


def _message_id(bot: BotId, said: Said) -> UUID:
    """The same each time the other database is read."""
    return uuid5(NAMESPACE_OID, f"{bot}:{said.source}")
