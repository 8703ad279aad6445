"""Let the machine answer again where a person took a conversation, and nobody has said anything for long."""

from functools import partial

from supportbot.common.database.conversations import UnknownConversationError
from supportbot.common.database.staff_places import place_of, silent_places
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.i18n import translate
from supportbot.common.ids import ConversationId
from supportbot.gateway.use_cases.notify_staff import Staff
from supportbot.gateway.use_cases.operate import Operator, tell_staff
from supportbot.gateway.use_cases.staff_language import language_in

BATCH = 20


async def hand_silent_back(database: Database, staff: Staff) -> int:
    """Hand back what is due, and say so on both sides. Returns in how many conversations."""
    if not staff.hand_back_after_s:
        return 0
    found = await database.read(lambda connection: silent_places(connection, staff.hand_back_after_s, BATCH))
    for conversation_id in found:
        await database.write(partial(_hand_back, conversation_id=conversation_id, chosen=staff.language))
    return len(found)


async def _hand_back(tx: Transaction, conversation_id: ConversationId, chosen: str) -> None:
    place = await place_of(tx, conversation_id)
    operator = Operator(tx, conversation_id, "")
    try:
        row = await operator.conversation()
        if place is None or not await operator.back():
            return
    except UnknownConversationError:
        return
    language = await language_in(tx, place.bot, place.chat, asker=row.language, chosen=chosen)
    text = translate("staff.handed_back_by_itself", language)
    await tell_staff(tx, place, f"silent:{conversation_id}:{row.out_seq}", text)
