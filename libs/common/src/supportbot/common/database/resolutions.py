"""When conversations were closed, and how long after the first message since they were closed before."""

from sqlalchemy import func, select

from supportbot.common.database.schema.learning_tables import resolutions
from supportbot.common.database.schema.tables import messages
from supportbot.common.database.statements import insert_if_absent
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import ConversationId, uuid7

_r, _m = resolutions.c, messages.c


async def note_resolution(tx: Transaction, conversation_id: ConversationId, last_seq: int) -> None:
    """Belongs into the transaction that closes it. Closing again what nobody wrote into since changes nothing."""
    before = select(func.coalesce(func.max(_r.seq), 0)).where(_r.conversation_id == conversation_id).scalar_subquery()
    first = (
        select(_m.received_at).where(_m.conversation_id == conversation_id, _m.seq > before).order_by(_m.seq).limit(1)
    )
    opened_at = (await tx.execute(first)).scalar_one_or_none()
    if opened_at is None:
        return
    row = {"id": uuid7(), "conversation_id": conversation_id, "seq": last_seq, "opened_at": opened_at}
    await insert_if_absent(tx, resolutions, row, moments=("closed_at",))
