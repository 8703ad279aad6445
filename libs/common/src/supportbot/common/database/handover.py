"""What a person who asks is told when it changes who answers."""

from typing import Any, Literal

from sqlalchemy import Row, select

from supportbot.common.database.notices import announce
from supportbot.common.database.schema.tables import conversations
from supportbot.common.database.transactions import Transaction
from supportbot.common.i18n import DEFAULT_LANGUAGE, LANGUAGES, translate
from supportbot.common.ids import ConversationId

Change = Literal["take-over", "hand-back", "close"]
_MODES = {"take-over": "person", "hand-back": "machine", "close": "closed"}


async def say_who_answers(tx: Transaction, conversation: Row[Any], change: Change, name: str = "") -> None:
    """Announce a change before it is made."""
    language = conversation.language if conversation.language in LANGUAGES else DEFAULT_LANGUAGE
    if change == "take-over":
        name = name or translate("chat.colleague", language)
        await announce(tx, conversation.id, text=translate("telegram.joined", language, name=name))
    elif change == "hand-back":
        await announce(tx, conversation.id, text=translate("telegram.machine_is_back", language))
    else:
        await announce(tx, conversation.id, text=translate("telegram.closed", language), kind="closed")


async def say_in_telegram(tx: Transaction, conversation_id: ConversationId, change: Change) -> None:
    """Announce a change from elsewhere to a person in Telegram: on the web the page shows it by itself."""
    found = select(conversations).where(conversations.c.id == conversation_id)
    row = (await tx.execute(found)).one_or_none()
    if row is not None and row.channel == "telegram" and row.mode != _MODES[change]:
        await say_who_answers(tx, row, change)
