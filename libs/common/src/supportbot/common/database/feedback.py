"""Votes on answers: the newest one counts."""

from typing import Any

from supportbot.common.database.clock import now
from supportbot.common.database.schema.staff_tables import ratings
from supportbot.common.database.schema.tables import feedback
from supportbot.common.database.statements import insert_or_update
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import ConversationId


async def record_vote(
    tx: Transaction, conversation_id: ConversationId, *, reply_key: str, vote: int, reason: str | None = None
) -> None:
    """Store a vote (1 or -1), and why it is so, in place of an earlier one."""
    row: dict[str, Any] = {"reply_key": reply_key, "conversation_id": conversation_id, "vote": vote, "reason": reason}
    row["given_at"] = now()
    await insert_or_update(tx, feedback, row, key=[feedback.c.reply_key])


async def record_rating(tx: Transaction, conversation_id: ConversationId, *, reply_key: str, stars: int) -> None:
    """Store how a person liked a conversation that was closed, 1 to 5, in place of an earlier rating of it."""
    row = {"reply_key": reply_key, "conversation_id": conversation_id, "stars": stars, "given_at": now()}
    await insert_or_update(tx, ratings, row, key=[ratings.c.reply_key])
