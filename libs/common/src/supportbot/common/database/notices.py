"""Notices to a person who asks: said beside the answers, and dealing with no question."""

from sqlalchemy import and_, select, update

from supportbot.common.database.outbound import Reply, queue_reply
from supportbot.common.database.schema.tables import conversations, outbound
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import ConversationId


async def queue_notice(tx: Transaction, conversation_id: ConversationId, *, text: str, kind: str) -> bool:
    """Queue a notice in a conversation that the machine answers. False where a person does: it is for them to speak."""
    c = conversations.c
    answered_by_machine = and_(c.id == conversation_id, c.mode != "person")
    taking_place = update(conversations).where(answered_by_machine).values(out_seq=c.out_seq + 1)
    row = (await tx.execute(taking_place.returning(*c))).one_or_none()
    if row is None:
        return False
    await queue_reply(tx, row, Reply(text, "machine", details={"kind": kind, "language": row.language}))
    return True


async def queue_beside(tx: Transaction, conversation_id: ConversationId, *, key: str, reply: Reply) -> bool:
    """Queue something that belongs to an earlier reply, whoever answers now. False where `key` is there already."""
    known = select(outbound.c.reply_key).where(outbound.c.reply_key == key)
    if (await tx.execute(known)).scalar_one_or_none() is not None:
        return False
    c = conversations.c
    taking_place = update(conversations).where(c.id == conversation_id).values(out_seq=c.out_seq + 1)
    row = (await tx.execute(taking_place.returning(*c))).one()
    await queue_reply(tx, row, reply, key=key)
    return True


async def announce(tx: Transaction, conversation_id: ConversationId, *, text: str, kind: str = "handover") -> None:
    """Say something about who answers, whoever does."""
    c = conversations.c
    taking_place = update(conversations).where(c.id == conversation_id).values(out_seq=c.out_seq + 1)
    row = (await tx.execute(taking_place.returning(*c))).one()
    await queue_reply(tx, row, Reply(text, "machine", details={"kind": kind, "language": row.language}))
