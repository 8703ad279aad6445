"""Mails on their way: stored before anybody sends them, held by a token while somebody does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.mail.letters import Letter
from supportbot.common.database.clock import after, now, statement_start
from supportbot.common.database.schema.mail_tables import mails
from supportbot.common.database.statements import insert_if_absent
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import uuid7

LEASE_S: Final = 150.0
"""Longer than one attempt may take."""
FIRST_PAUSE_S: Final = 30.0
LONGEST_PAUSE_S: Final = 3600.0
TRIED_FOR_S: Final = 3 * 24 * 3600.0
KEPT_S: Final = 35 * 24 * 3600.0
_ERROR: Final = 500
_c = mails.c


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that is ours to send now."""

    id: UUID
    token: UUID
    kind: str
    letter: Letter
    recipients: Sequence[str]
    attempts: int
    created_at: datetime


async def queue(tx: Transaction, *, key: str, kind: str, letter: Letter, recipients: Sequence[str]) -> UUID | None:
    """Store a mail; None where there is one about the same already."""
    mail_id = uuid7()
    values: dict[str, Any] = {
        "id": mail_id,
        "key": key,
        "kind": kind,
        "subject": letter.subject,
        "body": letter.body,
        "html": letter.html,
        "recipients": list(recipients),
    }
    return mail_id if await insert_if_absent(tx, mails, values, moments=("due_at", "created_at")) else None


async def is_known(connection: AsyncConnection, key: str) -> bool:
    """Whether there is a mail about it."""
    return (await connection.execute(select(_c.id).where(_c.key == key))).first() is not None


async def claim(tx: Transaction) -> Mail | None:
    """Take the mail that has been due longest; None where none is due."""
    token = uuid4()
    due = (
        select(_c.id)
        .where(_c.state == "waiting", _c.due_at <= statement_start())
        .order_by(_c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    taken = update(mails).where(_c.id == due).values(token=token, due_at=after(LEASE_S), attempts=_c.attempts + 1)
    row = (await tx.execute(taken.returning(*_c))).one_or_none()
    if row is None:
        return None
    letter = Letter(row.subject, row.body, row.html)
    return Mail(row.id, token, row.kind, letter, tuple(row.recipients), row.attempts, row.created_at)


async def finish(tx: Transaction, mail: Mail, state: str, error: str = "") -> None:
    """Nothing more is to be done with it: it was sent, or given up."""
    await _change(tx, mail, state=state, error=error[:_ERROR], finished_at=now())


async def put_off(tx: Transaction, mail: Mail, recipients: Sequence[str], error: str) -> float:
    """Have it tried again for whoever has not got it; returns in how many seconds."""
    pause_s = min(FIRST_PAUSE_S * 2 ** (mail.attempts - 1), LONGEST_PAUSE_S)
    await _change(tx, mail, recipients=list(recipients), error=error[:_ERROR], due_at=after(pause_s))
    return float(pause_s)


async def forget_old(tx: Transaction) -> None:
    """What was sent or given up long ago goes: people's questions are in it."""
    await tx.execute(delete(mails).where(_c.state != "waiting", _c.finished_at < after(-KEPT_S)))


async def _change(tx: Transaction, mail: Mail, **values: Any) -> None:
    """Only whoever holds it still; another one may have taken it after the lease."""
    await tx.execute(update(mails).where(_c.id == mail.id, _c.token == mail.token).values(token=None, **values))
