"""Pass on to staff what people write while they wait for a person, or talk with one."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import Row, select

from supportbot.common.database.outbound import Reply
from supportbot.common.database.relays import twin_of_person_message
from supportbot.common.database.schema.tables import conversations
from supportbot.common.database.staff_places import (
    Place,
    is_busy,
    mark_told,
    place_of,
    places_to_close,
    places_with_news,
    queue_in_place,
    queue_topic_step,
    untold_messages,
)
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.i18n import translate
from supportbot.common.ids import ConversationId
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.formatting import shorten
from supportbot.gateway.use_cases.staff_language import language_in

AT_ONCE = 50
TOGETHER = 20
MESSAGE_UNITS = 1500
_SAID = frozenset({"text", "person"})
_IN_ALBUMS = frozenset({"photo", "video", "document", "audio"})
"""Behind one of these another one may follow in a moment."""


async def relay_messages(database: Database, chosen: str = "") -> int:
    """Queue what staff do not know of, in the language `chosen` for them. Returns in how many places something is new.

    Where something waits to be sent already, what comes meanwhile is told together after it: a busy group has 20
    messages a minute for all its topics.
    """
    found = await database.read(lambda connection: places_with_news(connection, AT_ONCE))
    told = 0
    for conversation_id in found:
        told += await database.write(_relaying(conversation_id, chosen))
    closed = await database.read(lambda connection: places_to_close(connection, AT_ONCE))
    for conversation_id in closed:
        await database.write(_closing(conversation_id))
    return told + len(closed)


def _relaying(conversation_id: ConversationId, chosen: str) -> Callable[[Transaction], Awaitable[bool]]:
    async def work(tx: Transaction) -> bool:
        place = await place_of(tx, conversation_id)
        if place is None or await is_busy(tx, place):
            return False
        conversation = (await tx.execute(select(conversations).where(conversations.c.id == conversation_id))).one()
        up_to = conversation.last_seq if conversation.mode == "person" else conversation.done_seq
        rows = await untold_messages(tx, place, TOGETHER, up_to)
        if not rows or (rows[-1].is_new and rows[-1].kind in _IN_ALBUMS):
            return False
        await mark_told(tx, place, rows[-1].seq)
        asker = conversation.language
        language = await language_in(tx, place.bot, place.chat, asker=asker, chosen=chosen)
        await _tell(tx, place, conversation, rows, language=language)
        return True

    return work


def _closing(conversation_id: ConversationId) -> Callable[[Transaction], Awaitable[None]]:
    async def work(tx: Transaction) -> None:
        place = await place_of(tx, conversation_id)
        if place is not None and place.is_open:
            await queue_topic_step(tx, place, "close")

    return work


async def _tell(
    tx: Transaction, place: Place, conversation: Row[Any], rows: Sequence[Row[Any]], *, language: str
) -> None:
    """One message with what was written, and copies of what only a person can look at."""
    written = [row for row in rows if row.kind in _SAID]
    shown = [row for row in rows if row.kind not in _SAID and row.external_id is not None]
    person_chat = Address.read(conversation.chat).chat_id if conversation.channel == "telegram" else 0
    if written:
        details = await _matching(tx, place, person_chat, written)
        lines = [_line(row, conversation, language) for row in written]
        if conversation.mode == "machine":
            lines.append(translate("staff.machine_answered", language))
        text = "\n".join(lines)
        await _queue(tx, place, _reply(language, rows[-1].seq, text, details), "text")
    if shown and person_chat:
        ids = [row.external_id for row in shown]
        details = await _matching(tx, place, person_chat, shown) | {"copies": ids, "from_chat": person_chat}
        await _queue(tx, place, _reply(language, rows[-1].seq, "", details), "copies")


def _reply(language: str, seq: int, text: str, details: dict[str, Any]) -> Reply:
    details = {"kind": "staff_relay", "language": language, "to_staff": True, **details}
    return Reply(text, "staff_notice", details=details, turn_to=seq)


async def _queue(tx: Transaction, place: Place, reply: Reply, part: str) -> None:
    await queue_in_place(tx, place, key=f"relay:{place.conversation_id}:{reply.turn_to}:{part}", reply=reply)


async def _matching(tx: Transaction, place: Place, person_chat: int, rows: Sequence[Row[Any]]) -> dict[str, Any]:
    """Which messages it matches on the person's side, and what it answers on staff's."""
    twins = [row.external_id for row in rows if row.external_id is not None]
    if not twins or not person_chat:
        return {}
    edited = [row.external_id for row in rows if row.is_edit]
    quoted = next(iter([*edited, *(row.replies_to for row in rows if row.replies_to is not None)]), None)
    answers = quoted and await twin_of_person_message(
        tx.connection, bot=place.bot, chat=person_chat, message=quoted, staff_chat=place.chat
    )
    return {"twins": twins, "twin_chat": person_chat, "answers": answers}


def _line(row: Row[Any], conversation: Row[Any], language: str) -> str:
    name = conversation.user_name or translate("staff.somebody", language)
    if row.kind == "person":
        return translate("staff.asks_again", language, name=name)
    mark = "✏️ " if row.is_edit else ""
    return f"{mark}{name}: {shorten(row.text, MESSAGE_UNITS)}"
