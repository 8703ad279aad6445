"""A change of who answers, and what the person who asks is told of it."""

from typing import Any, Final, Literal

from sqlalchemy import Row

from supportbot.common.database.conversations import begin_anew, close, hand_back, hold, take_over
from supportbot.common.database.notices import announce
from supportbot.common.database.transactions import Transaction
from supportbot.common.i18n import spoken_language, translate
from supportbot.common.ids import ConversationId

Change = Literal["take-over", "hand-back", "close"]
_MODES: Final = {"take-over": "person", "hand-back": "machine", "close": "closed"}
_STEPS: Final = {"take-over": take_over, "close": close}


async def _say(tx: Transaction, conversation: Row[Any], change: Change, name: str = "") -> None:
    """Announce a change before it is made."""
    language = spoken_language(conversation.language)
    if change == "take-over":
        name = name or translate("chat.colleague", language)
        await announce(tx, conversation.id, text=translate("telegram.joined", language, name=name))
    elif change == "hand-back":
        await announce(tx, conversation.id, text=translate("telegram.machine_is_back", language))
    else:
        await announce(tx, conversation.id, text=translate("telegram.closed", language), kind="closed")


async def change_who_answers(
    tx: Transaction, conversation_id: ConversationId, change: Change, *, name: str = "", seen: int = 0
) -> bool:
    """Let a person or the machine answer, or close, wherever staff do it; `name` is who takes it, as users see it.

    `seen`: up to which message a person who hands it back has looked at it.
    What was said between people is nothing that later answers may refer to. False where it was so already. On the web
    the page shows by itself who answers; in Telegram it is said. Raises UnknownConversationError.
    """
    row = await hold(tx, conversation_id)  # two who change it at once are told apart by its lock
    if row.mode == _MODES[change]:
        return False
    if row.channel == "telegram":
        await _say(tx, row, change, name)
    if change != "take-over":
        await begin_anew(tx, conversation_id)
    if change == "hand-back":
        await hand_back(tx, conversation_id, seen)
    else:
        await _STEPS[change](tx, conversation_id)
    return True
