"""A person stops the answer that is being written for them. Like an operator's reply, it ends the turn for good.

Whoever is at the turn learns it as always: its token is gone, and nothing of it can be stored.
"""

from typing import Any

from sqlalchemy import Row, and_, select

from supportbot.common.contracts import AnswerReady
from supportbot.common.database.clock import now
from supportbot.common.database.conversations import RELEASED, change
from supportbot.common.database.outbound import Reply, queue_reply
from supportbot.common.database.schema.tables import conversations
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import BotId, ConversationId


async def turn_at(tx: Transaction, *, bot: BotId, chats: tuple[str, ...], turn_to: int) -> Row[Any] | None:
    """The conversation in one of these chats, locked, where the machine is at this very turn; None where it is not."""
    c = conversations.c
    here = and_(c.channel == "telegram", c.bot == bot, c.chat.in_(chats), c.mode == "machine")
    found = select(conversations).where(here, c.turn_to == turn_to).with_for_update()
    return (await tx.execute(found)).one_or_none()


async def stop_turn(tx: Transaction, conversation: Row[Any], text: str) -> str:
    """End the turn that `turn_at` found, with a last word to the person. Returns the reply's key."""
    c = conversations.c
    done: dict[str, Any] = {"done_seq": conversation.turn_to, "out_seq": c.out_seq + 1, "active_at": now()}
    row = await change(tx, ConversationId(conversation.id), {**RELEASED, **done, "due_at": now()})
    details = {"kind": "stopped", "language": row.language}
    turn = {"turn_from": conversation.done_seq + 1, "turn_to": conversation.turn_to}
    reply_key = await queue_reply(tx, row, Reply(text, "machine", details=details, **turn))
    await tx.emit(
        AnswerReady(
            correlation_id=row.id,
            conversation_id=row.id,
            reply_key=reply_key,
            turn_to=conversation.turn_to,
            channel=row.channel,
            text=text,
            confidence=0.0,
        )
    )
    return reply_key
