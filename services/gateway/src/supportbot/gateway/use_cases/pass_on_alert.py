"""Pass on alerts to the chat of whoever runs the product."""

from supportbot.common.contracts import AlertRaised
from supportbot.common.database.outbound import Reply, queue_staff_notice
from supportbot.common.database.transactions import Database
from supportbot.common.ids import BotId


async def pass_on_alert(database: Database, alert: AlertRaised, *, bot: BotId, chat: int) -> None:
    """Queue an alert, once."""
    mark = "🔴" if alert.severity == "critical" else "🟡"
    reply = Reply(f"{mark} {alert.text}", "staff_notice", details={"kind": "staff_note"})
    key = f"alert:{alert.message_id}"
    await database.write(
        lambda tx: queue_staff_notice(tx, key=key, conversation_id=None, bot=bot, chat=str(chat), reply=reply)
    )
