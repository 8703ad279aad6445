"""Tell staff in Telegram what colleagues did in the inbox, so that both see the same conversation."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from sqlalchemy import Row, select

from supportbot.common.database.outbound import Reply
from supportbot.common.database.schema.tables import conversations
from supportbot.common.database.staff_mirror import note_mode, note_told, places_behind, replies_elsewhere, who_took
from supportbot.common.database.staff_places import Place, place_of, queue_in_place
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.i18n import translate
from supportbot.common.ids import ConversationId, uuid7
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.formatting import shorten
from supportbot.gateway.use_cases.staff_language import language_in

AT_ONCE = 50
REPLY_UNITS = 3000
_SAID = {
    "person": "staff.taken_elsewhere",
    "machine": "staff.handed_back_elsewhere",
    "closed": "staff.closed_elsewhere",
}


async def mirror_inbox(database: Database, chosen: str = "") -> int:
    """Queue what staff in Telegram do not know of, in the language `chosen` for them. Returns in how many places."""
    found = await database.read(lambda connection: places_behind(connection, AT_ONCE))
    told = 0
    for conversation_id in found:
        told += await database.write(partial(_catch_up, conversation_id=conversation_id, chosen=chosen))
    return told


async def _catch_up(tx: Transaction, conversation_id: ConversationId, chosen: str) -> bool:
    place = await place_of(tx, conversation_id)
    if place is None:
        return False
    found = select(conversations).where(conversations.c.id == conversation_id)
    conversation = (await tx.execute(found)).one()
    if not place.told_mode:  # nobody noted where it stood when it was made
        await note_told(tx, place, conversation.out_seq)
        await note_mode(tx, conversation_id, conversation.mode)
        return False
    language = await language_in(tx, place.bot, place.chat, asker=conversation.language, chosen=chosen)
    replies, going = await replies_elsewhere(tx, place)
    for out_seq, parts in groupby(replies, key=lambda row: row.out_seq):
        await _tell_reply(tx, place, conversation, out_seq, list(parts), language=language)
    await note_told(tx, place, conversation.out_seq if going is None else going - 1)
    changed = going is None and await _tell_who_answers(tx, place, conversation, language)
    return bool(replies) or changed


async def _tell_reply(
    tx: Transaction, place: Place, conversation: Row[Any], out_seq: int, parts: Sequence[Row[Any]], *, language: str
) -> None:
    """What is answered to it in Telegram is answered to what the person got."""
    first = parts[0]
    name = first.details.get("replied_by") or first.author_name or translate("chat.colleague", language)
    mark = "📎 " if "attachment" in first.details else ""
    body = mark + shorten("\n".join(part.body for part in parts), REPLY_UNITS)
    details: dict[str, Any] = {"kind": "staff_relay", "language": language}
    if conversation.channel == "telegram":
        twins = [part.external_id for part in parts if part.external_id is not None]
        person_chat = Address.read(conversation.chat).chat_id
        details |= {"twins": twins, "twin_chat": person_chat, "to_staff": True, "from_staff": True}
    here = first.details.get("from") == "telegram"  # sent by a button or a command, and so not to be read there
    text = translate("staff.wrote_here" if here else "staff.wrote_elsewhere", language, name=name, text=body)
    key = f"mirror:{place.conversation_id}:{out_seq}"
    await queue_in_place(tx, place, key=key, reply=_notice(place, text, details))


async def _tell_who_answers(tx: Transaction, place: Place, conversation: Row[Any], language: str) -> bool:
    """Say that this changed, unless the person only opened it again by writing."""
    if conversation.mode == place.told_mode:
        return False
    await note_mode(tx, place.conversation_id, conversation.mode)
    if (place.told_mode, conversation.mode) == ("closed", "machine"):
        return False
    name = await who_took(tx, place.conversation_id) or translate("chat.colleague", language)
    text = translate(_SAID[conversation.mode], language, name=name)
    key = f"mirror:{place.conversation_id}:{conversation.mode}:{uuid7()}"
    details = {"kind": "staff_note", "language": language}
    await queue_in_place(tx, place, key=key, reply=_notice(place, text, details))
    return True


def _notice(place: Place, text: str, details: Mapping[str, Any]) -> Reply:
    """Whoever answers to it has read what was told here so far."""
    return Reply(text, "staff_notice", details=details, turn_to=place.told_seq)
