"""Show how somebody feels about a message on its twin: what a person likes, staff see, and the other way round."""

from supportbot.common.database.outbound import Reply
from supportbot.common.database.people import person_known
from supportbot.common.database.relays import twins_of_person_message, twins_of_staff_message
from supportbot.common.database.staff_places import (
    is_busy,
    place_of,
    queue_in_place,
)
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import BotId, ConversationId
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.updates import Reacted
from supportbot.gateway.use_cases.operate import act_on


async def pass_reaction_on(tx: Transaction, bot: BotId, update: Reacted) -> None:
    """Queue it for the other side. It is worth little: where much waits for staff, it is left out."""
    chat, message = Address.read(update.chat).chat_id, update.message_id
    for twin in await twins_of_staff_message(tx.connection, bot=bot, chat=chat, message=message):
        await act_on(tx, twin.conversation_id, {"reacts": twin.person_message}, update.emoji)
    if update.sender_id is not None and (await person_known(tx.connection, bot, update.sender_id)).is_banned:
        return
    for twin in await twins_of_person_message(tx.connection, bot=bot, chat=chat, message=message):
        place = await place_of(tx, ConversationId(twin.conversation_id))
        if place is None or place.chat != twin.staff_chat or await is_busy(tx, place):
            continue
        details = {"reacts": twin.staff_message}
        key = f"reaction:{bot}:{update.update_id}:{twin.staff_message}"
        await queue_in_place(tx, place, key=key, reply=Reply(update.emoji, "act", details=details))
