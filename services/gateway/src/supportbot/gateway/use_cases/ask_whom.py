"""Ask an admin whom their words are for, where they have taken conversations and reply to no message of one."""

from uuid import UUID

from supportbot.common.database.outbound import Reply, queue_staff_notice
from supportbot.common.database.staff_places import taken_in
from supportbot.common.database.transactions import Transaction
from supportbot.common.database.updates import remember_update
from supportbot.common.i18n import spoken_language, translate
from supportbot.common.ids import BotId, ConversationId
from supportbot.gateway.domain.followups import ReplyQueued
from supportbot.gateway.domain.staff_commands import STAFF_COMMANDS
from supportbot.gateway.domain.updates import UserMessage

MOST_NAMED = 3


async def ask_whom(tx: Transaction, bot: BotId, update: UserMessage, digest: str) -> ReplyQueued | None:
    """Queue a message for each conversation that it may be for: what is replied to that one goes there.

    To be called for people in ADMIN_IDS, in their own chat. None where they ask like anybody else.
    """
    is_for_somebody = update.slash in STAFF_COMMANDS
    if update.is_edit or update.command or update.kind == "person" or (update.slash and not is_for_somebody):
        return None
    taken = await taken_in(tx.connection, bot=bot, chat=update.chat, limit=MOST_NAMED)
    if not taken and not is_for_somebody:
        return None
    await remember_update(tx, bot, str(update.update_id), digest)
    language = spoken_language(update.language)
    if not taken:
        await _queue(tx, bot, update, Reply(translate("staff.command_in_reply", language), "staff_notice"), "none")
    for row in taken:
        name = row.user_name or translate("staff.somebody", language)
        details = {"kind": "staff_prompt", "language": language, "asks_for_reply": len(taken) == 1}
        text = translate("staff.whom", language, name=name)
        reply = Reply(text, "staff_notice", details=details, turn_to=row.told_seq)
        await _queue(tx, bot, update, reply, str(row.conversation_id))
    return ReplyQueued()


async def _queue(tx: Transaction, bot: BotId, update: UserMessage, reply: Reply, about: str) -> None:
    conversation_id = None if about == "none" else ConversationId(UUID(about))
    key = f"whom:{bot}:{update.update_id}:{about}"
    await queue_staff_notice(tx, key=key, conversation_id=conversation_id, bot=bot, chat=update.chat, reply=reply)
