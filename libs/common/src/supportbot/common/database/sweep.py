"""What every process with a database does once in a while: mend what a crash or a clock jump left behind."""

import asyncio
import random
from datetime import datetime

from sqlalchemy import and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import after, now, statement_start
from supportbot.common.database.leases import SENDER_LEASE_S
from supportbot.common.database.outbound import REQUEST_TIMEOUT_S
from supportbot.common.database.outbox import OutboxPublisher
from supportbot.common.database.schema.tables import bots, conversations, escalations, outbound, pending, unsettled
from supportbot.common.database.schema.tables import outbox as outbox_rows
from supportbot.common.database.statements import earliest_pending
from supportbot.common.database.transactions import Database, DatabaseUnavailableError, Transaction
from supportbot.common.database.updates import prune_updates
from supportbot.common.telemetry.logging import logger
from supportbot.common.telemetry.metrics import (
    ESCALATIONS_OPEN,
    OLDEST_DUE_SECONDS,
    OLDEST_ESCALATION_SECONDS,
    OUTBOX_OLDEST_SECONDS,
    OUTBOX_WAITING,
    REPLIES_UNCERTAIN,
    TURNS_DUE,
)
from supportbot.common.telemetry.outage import Outage

INTERVAL_S = 3.0
FAR_FUTURE_S = 30.0
UPDATES_KEPT_S = 7 * 24 * 3600.0
_PRUNE_EVERY = 1200
_log = logger(__name__)


async def reset_far_future(tx: Transaction) -> int:
    """Bring back moments that lie further ahead than anything sets them: the clock was set back. Returns how many."""
    c, o, b = conversations.c, outbound.c, bots.c
    waits = and_(pending, c.due_at > statement_start(FAR_FUTURE_S))
    changed = (await tx.execute(update(conversations).where(waits).values(due_at=now()))).rowcount
    late = and_(unsettled, o.status == "waiting", o.not_before > statement_start(FAR_FUTURE_S))
    changed += (await tx.execute(update(outbound).where(late).values(not_before=now()))).rowcount
    patience = SENDER_LEASE_S + REQUEST_TIMEOUT_S
    unknown = and_(unsettled, o.status == "uncertain", o.resolve_at > statement_start(patience))
    changed += (await tx.execute(update(outbound).where(unknown).values(resolve_at=after(patience)))).rowcount
    for until in (b.sender_until, b.poller_until):  # each by itself: one must not bring the other back
        ahead = update(bots).where(until > after(2 * SENDER_LEASE_S)).values({until: after(SENDER_LEASE_S)})
        changed += (await tx.execute(ahead)).rowcount
    return changed


async def note_backlog(connection: AsyncConnection) -> None:
    """Show in the metrics how many turns wait for the machine, up to `COUNTED`, and how long the first has waited."""
    first = earliest_pending(conversations.c.due_at).c
    counted = select(func.count(first.due_at), func.min(first.due_at), statement_start())
    count, earliest, moment = (await connection.execute(counted)).one()
    TURNS_DUE.set(count)
    OLDEST_DUE_SECONDS.set(_age(moment, earliest))
    of_events = select(func.count(), func.min(outbox_rows.c.created_at))
    events, oldest = (await connection.execute(of_events)).one()
    OUTBOX_WAITING.set(events)
    OUTBOX_OLDEST_SECONDS.set(_age(moment, oldest))
    await _note_who_waits_for_people(connection, moment)


async def _note_who_waits_for_people(connection: AsyncConnection, moment: datetime) -> None:
    e = escalations.c
    of_questions = select(e.dead_letter, func.count(), func.min(e.created_at)).where(e.state == "open")
    found = (await connection.execute(of_questions.group_by(e.dead_letter))).all()
    counts = {bool(dead): count for dead, count, _ in found}
    for dead in (True, False):
        ESCALATIONS_OPEN.labels("true" if dead else "false").set(counts.get(dead, 0))
    OLDEST_ESCALATION_SECONDS.set(max((_age(moment, earliest) for _, _, earliest in found), default=0.0))
    unknown = select(func.count()).select_from(outbound).where(unsettled, outbound.c.status == "uncertain")
    REPLIES_UNCERTAIN.set((await connection.execute(unknown)).scalar_one())


def _age(moment: datetime, since: datetime | None) -> float:
    return max(0.0, (moment - since).total_seconds()) if since else 0.0


async def take_possession(tx: Transaction) -> None:
    """At the start of the only process that answers on a data folder: nobody else can hold anything any more."""
    c, o = conversations.c, outbound.c
    await tx.execute(update(conversations).where(c.token.is_not(None)).values(token=None))
    await tx.execute(update(conversations).where(c.last_seq > c.done_seq).values(due_at=now()))
    await tx.execute(update(bots).values(sender=None, poller=None))
    unknown = {
        "status": "uncertain",
        "resolve_at": now(),
        "error": "the process stopped before it knew whether this arrived",
    }
    await tx.execute(update(outbound).where(o.status == "sending").values(unknown))


async def sweep_forever(database: Database, outbox: OutboxPublisher) -> None:
    """Sweep every few seconds, whatever happens."""
    rounds = 0
    outage = Outage("Sweeping has to wait", "Sweeping goes on")
    while True:
        try:
            await outbox.sweep()
            await database.write(reset_far_future, lane="relaxed")
            await database.read(note_backlog)
            if rounds % _PRUNE_EVERY == 0:
                await database.write(lambda tx: prune_updates(tx, UPDATES_KEPT_S), lane="relaxed")
            rounds += 1
            outage.over()
        except DatabaseUnavailableError as error:
            outage.met(error)
        except Exception:
            _log.exception("Sweeping failed; it is tried again")
        await asyncio.sleep(INTERVAL_S * random.uniform(0.8, 1.2))  # noqa: S311  # spreads processes apart
