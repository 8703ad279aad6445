"""Tell staff where they talk about it that something of theirs did not reach the person."""

from uuid import UUID

from supportbot.common.database.outbound import Outgoing, Reply
from supportbot.common.database.staff_places import place_of, queue_in_place
from supportbot.common.database.transactions import Transaction
from supportbot.common.i18n import DEFAULT_LANGUAGE, LANGUAGES, translate
from supportbot.common.ids import ConversationId
from supportbot.gateway.domain.formatting import shorten

SHOWN_UNITS = 200


async def tell_not_delivered(tx: Transaction, row: Outgoing) -> None:
    """Queue the word; whoever writes in the inbox sees it there."""
    place = await place_of(tx, ConversationId(UUID(row.lane)))
    if place is None:
        return
    spoken = row.details.get("language")
    language = spoken if spoken in LANGUAGES else DEFAULT_LANGUAGE
    text = translate("staff.not_delivered", language, text=shorten(row.body, SHOWN_UNITS) or "—")
    reply = Reply(text, "staff_notice", details={"kind": "staff_note", "language": language})
    await queue_in_place(tx, place, key=f"failed:{row.reply_key}", reply=reply)
