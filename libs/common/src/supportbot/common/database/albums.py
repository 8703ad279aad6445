"""Albums: their pieces come one by one, and go to the other side together."""

from typing import Final

from sqlalchemy import and_, select, update

from supportbot.common.database.clock import after
from supportbot.common.database.schema.tables import outbound
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import ConversationId

GATHERED_S: Final = 0.7
"""How long an album waits for its next piece."""
_o = outbound.c


async def gather_album(tx: Transaction, reply_key: str) -> None:
    """Have a reply wait for what belongs to the same album."""
    await tx.execute(update(outbound).where(_o.reply_key == reply_key).values(not_before=after(GATHERED_S)))


async def add_to_album(
    tx: Transaction, conversation_id: ConversationId, album: str, message: int, caption: str
) -> int | None:
    """Let a further piece go with those that wait; the number of their reply. None: they have gone, or it is the first.

    A sender that has looked already does not take what waits for longer since: see `begin_sending`.
    """
    waiting = and_(_o.lane == str(conversation_id), _o.status == "waiting", _o.author == "person")
    rows = await tx.execute(select(_o.reply_key, _o.out_seq, _o.body, _o.details).where(waiting).with_for_update())
    row = next((row for row in rows if row.details.get("album") == album), None)
    if row is None:
        return None
    pieces = {name: [*row.details[name], message] for name in ("copies", "twins")}
    waits = {"details": {**row.details, **pieces}, "body": row.body or caption, "not_before": after(GATHERED_S)}
    still = and_(_o.reply_key == row.reply_key, _o.status == "waiting")
    joined = (await tx.execute(update(outbound).where(still).values(waits))).rowcount > 0
    return int(row.out_seq) if joined else None
