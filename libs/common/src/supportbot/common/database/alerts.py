"""Alerts as facts: stored with their event, so that whoever passes them on finds those that it did not hear of."""

from typing import Final
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import delete

from supportbot.common.contracts import AlertRaised
from supportbot.common.database.clock import after
from supportbot.common.database.schema.mail_tables import alerts
from supportbot.common.database.statements import insert_if_absent
from supportbot.common.database.transactions import Transaction

KEPT_S: Final = 7 * 24 * 3600.0


async def raise_alert(tx: Transaction, alert: AlertRaised, *, once: str = "") -> bool:
    """Store an alert and its event; those that are old go, so that nobody else has to look after them.

    Of alerts with the same words in `once` only the first one of a week is raised. False where it was not.
    """
    await tx.execute(delete(alerts).where(alerts.c.raised_at < after(-KEPT_S)))
    alert_id = uuid5(NAMESPACE_OID, once) if once else alert.message_id
    told = {"id": alert_id, "kind": alert.kind, "severity": alert.severity, "text": alert.text}
    if not await insert_if_absent(tx, alerts, told, moments=("raised_at",)):
        return False
    await tx.emit(alert)
    return True
