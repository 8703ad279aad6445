"""Pass on what an admin replies to a message about a question."""

from dataclasses import dataclass

from supportbot.common.database.conversations import UnknownConversationError
from supportbot.common.database.outbound import Reply, queue_staff_notice
from supportbot.common.database.staff import reply_by_message, something_is_on_its_way
from supportbot.common.database.staff_places import place_here
from supportbot.common.database.transactions import Transaction
from supportbot.common.database.updates import remember_update
from supportbot.common.errors import SupportbotError
from supportbot.common.i18n import translate
from supportbot.common.ids import BotId
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.followups import FollowUp
from supportbot.gateway.domain.updates import UserMessage
from supportbot.gateway.use_cases.answer_command import Desk
from supportbot.gateway.use_cases.hear_staff import StaffTalk


@dataclass(frozen=True, slots=True)
class StaffReplied:
    """The update was an admin's reply and is dealt with."""

    followup: FollowUp | None


class NoticeOnItsWayError(SupportbotError):
    """The admin may reply to a message that Telegram took, but has not told us so yet. Nothing was stored."""

    def __init__(self, bot: BotId, update: UserMessage) -> None:
        super().__init__(f"What update {update.update_id} of bot {bot} replies to is not known yet")


async def reply_as_staff(
    tx: Transaction, bot: BotId, desk: Desk, update: UserMessage, digest: str, *, last_try: bool = True
) -> StaffReplied | None:
    """Send an admin's reply to whoever asked. None where the admin replied to something that was meant for them alone.

    Only to be called for people in ADMIN_IDS.

    Raises:
        NoticeOnItsWayError: what they reply to may be known in a moment, and this is not the last try.
    """
    assert update.replies_to is not None
    notice = await reply_by_message(tx.connection, bot=bot, chat=update.chat, external_id=update.replies_to)
    if notice is None and not last_try and await something_is_on_its_way(tx.connection, bot=bot, chat=update.chat):
        raise NoticeOnItsWayError(bot, update)
    if notice is not None and notice.author != "staff_notice":
        return None  # an admin who asks questions is a person who asks
    followup: FollowUp | None = None
    await remember_update(tx, bot, str(update.update_id), digest)
    if notice is None or notice.conversation_id is None:
        await _note(tx, bot, update, "staff.unknown_reply")
    else:
        try:
            here = place_here(notice.conversation_id, bot, Address.read(update.chat).chat_id)
            followup = await StaffTalk(tx, bot, desk, update, here, notice.turn_to or 0).hear()
        except UnknownConversationError:
            await _note(tx, bot, update, "staff.conversation_gone")
    return StaffReplied(followup)


async def _note(tx: Transaction, bot: BotId, update: UserMessage, key: str) -> None:
    text = translate(key, update.language)
    reply = Reply(text, "staff_notice", details={"kind": "staff_note", "language": update.language})
    note_key = f"note:{bot}:{update.update_id}"
    await queue_staff_notice(tx, key=note_key, conversation_id=None, bot=bot, chat=update.chat, reply=reply)
