"""Pass on alerts to the chat of whoever runs the product."""

from supportbot.common.database.outbound import Reply, queue_staff_notice
from supportbot.common.database.transactions import Database
from supportbot.common.i18n import DEFAULT_LANGUAGE, translate
from supportbot.common.ids import BotId
from supportbot.gateway.use_cases.group_alerts import AlertGroup


async def pass_on_alert(database: Database, group: AlertGroup, *, bot: BotId, chat: int) -> None:
    """Queue an alert, once, with the number of those that were gathered with it."""
    alert, others = group.newest, group.count - 1
    text = f"{'🔴' if alert.severity == 'critical' else '🟡'} {alert.text}"
    if others:
        text += "\n" + translate("staff.more_alerts", DEFAULT_LANGUAGE, n=others)
    reply = Reply(text, "staff_notice", details={"kind": "staff_note"})
    key = f"alert:{alert.message_id}"
    await database.write(
        lambda tx: queue_staff_notice(tx, key=key, conversation_id=None, bot=bot, chat=str(chat), reply=reply)
    )
