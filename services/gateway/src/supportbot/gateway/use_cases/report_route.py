"""Have people told when a bot's webhook stops working, and when it works again."""

from supportbot.common.contracts import AlertRaised
from supportbot.common.database.alerts import raise_alert
from supportbot.common.database.transactions import Database, DatabaseUnavailableError, Transaction
from supportbot.common.ids import BotId, uuid7
from supportbot.common.telemetry.logging import logger

_log = logger(__name__)


async def report_fallback(database: Database, bot: BotId, why: str) -> None:
    """The webhook failed; updates are fetched."""
    await _raise(
        database, bot, "webhook", f"The webhook of bot {bot} does not do: {why}. Its messages are fetched meanwhile"
    )


async def report_return(database: Database, bot: BotId) -> None:
    """The webhook delivers again."""
    await _raise(database, bot, "webhook_works", f"The webhook of bot {bot} works again")


async def _raise(database: Database, bot: BotId, kind: str, text: str) -> None:
    async def work(tx: Transaction) -> None:
        await raise_alert(tx, AlertRaised(correlation_id=uuid7(), kind=kind, severity="warning", text=text))

    try:
        await database.write(work)
    except DatabaseUnavailableError as error:
        _log.warning("An alert about the webhook could not be stored", bot=bot, error=str(error))
