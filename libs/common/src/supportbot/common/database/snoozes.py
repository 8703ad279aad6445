"""The end of a conversation's snooze, wherever it comes from. Whether one is over, the clock says."""

from uuid import UUID

from sqlalchemy import and_, or_, select, update

from supportbot.common.database.clock import statement_start
from supportbot.common.database.schema.inbox_tables import triage
from supportbot.common.database.schema.tables import conversations
from supportbot.common.database.transactions import Transaction

_t = triage.c


async def end_snooze(tx: Transaction, conversation_id: UUID) -> None:
    """It is neither out of sight nor waits because of a snooze."""
    await tx.execute(update(triage).where(_t.conversation_id == conversation_id).values(snoozed_until=None))


async def end_snooze_if_over(tx: Transaction, conversation_id: UUID) -> None:
    """Somebody replied: a snooze that is over has done its work; one that is not stays."""
    newest = select(conversations.c.last_seq).where(conversations.c.id == conversation_id).scalar_subquery()
    over = or_(_t.snoozed_until <= statement_start(), _t.snoozed_seq < newest)
    mine = and_(_t.conversation_id == conversation_id, over)
    await tx.execute(update(triage).where(mine).values(snoozed_until=None))
