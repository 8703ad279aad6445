"""Which updates were taken in, so that one that comes again has no second effect, and which are of no use to us."""

from sqlalchemy import delete, insert, select

from supportbot.common.database.clock import now, statement_start
from supportbot.common.database.schema.tables import quarantine, updates
from supportbot.common.database.statements import insert_if_absent
from supportbot.common.database.transactions import Transaction
from supportbot.common.errors import SupportbotError
from supportbot.common.ids import uuid7


class DuplicateUpdateError(SupportbotError):
    """The update is stored already; `same_body` is false where its id came with another body than before."""

    def __init__(self, bot: str, update_id: str, *, same_body: bool) -> None:
        super().__init__(f"Update {update_id} of {bot or 'the web chat'} is stored already")
        self.same_body = same_body


async def remember_update(tx: Transaction, source: str, update_id: str, body_hash: str) -> None:
    """Note that an update was taken in, so that it has no second effect.

    Raises:
        DuplicateUpdateError: it was taken in before; the transaction must be rolled back.
    """
    row = {"bot": source, "update_id": update_id, "body_hash": body_hash}
    if await insert_if_absent(tx, updates, row, moments=("received_at",)):
        return
    known = select(updates.c.body_hash).where(updates.c.bot == source, updates.c.update_id == update_id)
    same = (await tx.execute(known)).scalar_one_or_none() == body_hash
    raise DuplicateUpdateError(source, update_id, same_body=same)


async def quarantine_update(tx: Transaction, *, bot: str, update_id: str | None, reason: str, body: str) -> None:
    """Keep an update that is authentic but of no use to us, for a person to look at."""
    row = {"id": uuid7(), "bot": bot, "update_id": update_id, "reason": reason, "body": body, "received_at": now()}
    await tx.execute(insert(quarantine).values(row))


async def prune_updates(tx: Transaction, older_than_s: float) -> int:
    """Forget update ids that no channel repeats any more. Returns how many."""
    return (await tx.execute(delete(updates).where(updates.c.received_at < statement_start(-older_than_s)))).rowcount
