"""Tell staff where they talk about it that something of theirs did not reach the person."""

from uuid import UUID

from supportbot.common.database.outbound import Outgoing, Reply
from supportbot.common.database.staff_places import place_of, queue_in_place
from supportbot.common.database.transactions import Transaction
from supportbot.common.i18n import translate
from supportbot.common.ids import ConversationId
from supportbot.gateway.domain.formatting import shorten
from supportbot.gateway.use_cases.staff_language import language_in

SHOWN_UNITS = 200


async def tell_not_delivered(tx: Transaction, row: Outgoing, chosen: str = "") -> None:
    """Queue the word; whoever writes in the inbox sees it there."""
    place = await place_of(tx, ConversationId(UUID(row.lane)))
    if place is None:
        return
    asker = str(row.details.get("language", ""))
    language = await language_in(tx, place.bot, place.chat, asker=asker, chosen=chosen)
    text = translate("staff.not_delivered", language, text=shorten(row.body, SHOWN_UNITS) or "—")
    reply = Reply(text, "staff_notice", details={"kind": "staff_note", "language": language})
    await queue_in_place(tx, place, key=f"failed:{row.reply_key}", reply=reply)
