"""What is read of stored answers in more than one place."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.schema.tables import answers
from supportbot.common.ids import ConversationId


def right_of_such() -> ColumnElement[float]:
    """Of answers at least as sure as this one the share that is right; null where nobody has measured it."""
    share: ColumnElement[float] = answers.c.trace["right_of_such"].as_float()
    return share.label("right_of_such")


async def passages_of_reply(
    connection: AsyncConnection, conversation_id: ConversationId, turn_to: int | None
) -> Sequence[dict[str, Any]]:
    """The passages that the answer to a turn was taken from."""
    c = answers.c
    found = select(c.passages).where(c.conversation_id == conversation_id, c.turn_to == turn_to)
    passages = (await connection.execute(found.order_by(c.created_at.desc()).limit(1))).scalar_one_or_none()
    return passages or ()
