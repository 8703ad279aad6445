"""Store a press on a button: a vote on an answer, or the wish for a person."""

from typing import Literal

from supportbot.common.contracts import FeedbackGiven
from supportbot.common.database.feedback import record_vote
from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.outbound import record_sent
from supportbot.common.database.staff import reply_by_key
from supportbot.common.database.transactions import Transaction
from supportbot.common.database.updates import remember_update
from supportbot.common.i18n import translate
from supportbot.common.ids import BotId, ConversationId
from supportbot.gateway.domain.buttons import OF_A_REPLY, read_press
from supportbot.gateway.domain.followups import ButtonNoted
from supportbot.gateway.domain.updates import ButtonPressed
from supportbot.gateway.use_cases.answer_command import Desk, choose


def asks_for_person(update: ButtonPressed) -> bool:
    """Whether the button is the one that calls a person."""
    pressed = read_press(update.data)
    return pressed is not None and pressed.action == "person"


async def press_button(
    tx: Transaction, bot: BotId, desk: Desk, update: ButtonPressed, digest: str, *, wait_s: float = 0.0
) -> ButtonNoted:
    """Do what was chosen in a menu, or store what was pressed, if the button belongs to a reply in this very chat.

    `wait_s`: how long a wish for a person has to wait, because there were too many.
    """
    pressed = read_press(update.data)
    if pressed is not None and pressed.action not in OF_A_REPLY:
        return await choose(tx, bot, desk, update, digest, press=pressed)
    reply = await reply_by_key(tx.connection, bot=bot, chat=update.chat, reply_key=pressed.value) if pressed else None
    if pressed is None or reply is None or reply.conversation_id is None or reply.author != "machine":
        await remember_update(tx, bot, str(update.update_id), digest)
        return ButtonNoted(update.query_id, translate("telegram.button_gone", update.language))
    if pressed.action == "person":
        await receive_message(tx, _wish(bot, update, digest, wait_s))
        noted = ButtonNoted(update.query_id, translate("telegram.person_called", update.language))
    else:
        await remember_update(tx, bot, str(update.update_id), digest)
        noted = await _vote(tx, update, 1 if pressed.action == "up" else -1, reply.reply_key, reply.conversation_id)
    if reply.status == "uncertain":
        await record_sent(tx, reply.reply_key, update.message_id)  # who can press its button has it
    return noted


async def _vote(
    tx: Transaction, update: ButtonPressed, vote: Literal[1, -1], reply_key: str, conversation_id: ConversationId
) -> ButtonNoted:
    rated = _whole_reply(reply_key)
    await record_vote(tx, conversation_id, reply_key=rated, vote=vote)
    await tx.emit(
        FeedbackGiven(correlation_id=conversation_id, conversation_id=conversation_id, reply_key=rated, vote=vote)
    )
    return ButtonNoted(
        update.query_id,
        translate("telegram.thanks_for_vote", update.language),
        update.chat,
        update.message_id,
        vote,
        reply_key,
        update.language,
    )


def _wish(bot: BotId, update: ButtonPressed, digest: str, wait_s: float) -> IncomingMessage:
    return IncomingMessage(
        channel="telegram",
        bot=bot,
        chat=update.chat,
        update_source=bot,
        update_id=str(update.update_id),
        body_hash=digest,
        text="",
        kind="person",
        user_name=update.user_name,
        language=update.language,
        burst_s=wait_s,
    )


def _whole_reply(reply_key: str) -> str:
    """The key of a reply's first part: votes are on the whole, wherever its buttons stand."""
    conversation, _, rest = reply_key.partition(":")
    return f"{conversation}:{rest.split(':')[0]}:0"
