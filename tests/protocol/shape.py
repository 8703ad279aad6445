"""What is stored, in the form in which the state machine compares it with its models."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.bus.local import LocalBus
from supportbot.common.database.outbox import UNCONFIRMED_S, OutboxPublisher
from supportbot.common.database.schema.tables import answers, conversations, escalations, messages, outbound
from supportbot.common.database.transactions import Database
from tests.protocol.invariants import answered_twice, not_settled, take_snapshot, torn_replies
from tests.protocol.moments import let_time_pass

_OWNED = (messages, answers, escalations, outbound)


class ConfirmingBus(LocalBus):
    """A bus that says that it has what it got, so that the outbox becomes empty."""

    confirms = True


@dataclass(frozen=True, slots=True)
class Stored:
    """Conversations by id, all replies, and whose everything else is."""

    conversations: Mapping[UUID, Row[Any]]
    replies: list[Row[Any]]
    owners: set[UUID]

    def statuses(self, conversation_id: UUID) -> dict[str, str]:
        return {row.reply_key: row.status for row in self.replies if row.conversation_id == conversation_id}

    def bodies(self) -> dict[str, str]:
        return {row.reply_key: row.body for row in self.replies}


async def everything_stored(database: Database) -> Stored:
    async def read(connection: AsyncConnection) -> Stored:
        found = (await connection.execute(select(conversations))).all()
        replies = list((await connection.execute(select(outbound))).all())
        owners = {
            owner for table in _OWNED for owner in (await connection.execute(select(table.c.conversation_id))).scalars()
        }
        return Stored({row.id: row for row in found}, replies, owners)

    return await database.read(read)


async def wrong_when_settled(database: Database) -> list[str]:
    """What is wrong once everything was answered and sent: I4, and replies that contradict each other."""
    await let_time_pass(database, UNCONFIRMED_S + 1)
    outbox = OutboxPublisher(database, ConfirmingBus())
    while await outbox.sweep():
        pass
    snapshot = await take_snapshot(database)
    return [*not_settled(snapshot), *answered_twice(snapshot), *torn_replies(snapshot, [])]
