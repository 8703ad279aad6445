"""Answers that were sent before their question was changed: they stay to be read, and say so."""

from sqlalchemy import and_, select, update

from supportbot.common.database.outbound import Reply, queue_reply
from supportbot.common.database.schema.tables import conversations, messages, outbound
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import ConversationId, MessageId


async def mark_answered_before(tx: Transaction, conversation_id: ConversationId, edit: MessageId) -> None:
    """Have the sent answer to what an edit took the place of say that its question was changed; its buttons go."""
    changed = select(messages.c.seq).where(messages.c.superseded_by == edit)
    seq = (await tx.execute(changed.where(messages.c.conversation_id == conversation_id))).scalar_one_or_none()
    if seq is None:
        return
    c, o = conversations.c, outbound.c
    of_machine = and_(o.lane == str(conversation_id), o.author == "machine", o.status == "sent")
    answer = and_(o.turn_from <= seq, o.turn_to >= seq, o.external_id.is_not(None))
    parts = select(o.body, o.details, o.external_id).where(of_machine, answer).order_by(o.out_seq, o.part)
    for part in (await tx.execute(parts)).all():
        taking_place = update(conversations).where(c.id == conversation_id).values(out_seq=c.out_seq + 1)
        row = (await tx.execute(taking_place.returning(*c))).one()
        details = {**part.details, "edits": part.external_id}
        await queue_reply(tx, row, Reply(part.body, "act", details=details))
