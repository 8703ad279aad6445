"""In which language staff read what they are told in Telegram."""

from supportbot.common.database.people import language_read_by
from supportbot.common.database.transactions import Transaction
from supportbot.common.i18n import spoken_language
from supportbot.common.ids import BotId


async def language_in(tx: Transaction, bot: BotId, chat: int, *, asker: str, chosen: str = "") -> str:
    """In somebody's own chat theirs; else the one `chosen` for staff; else that of whoever asks."""
    own = await language_read_by(tx.connection, bot, chat) if chat > 0 else None
    return spoken_language(own, chosen, asker)
