"""Which operator a person at a provider is."""

from uuid import UUID

from sqlalchemy import exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.oidc.reading import Person
from supportbot.common.database.clock import now
from supportbot.common.database.schema.operator_tables import identities
from supportbot.common.database.transactions import Transaction

_c = identities.c


async def operator_of(connection: AsyncConnection, person: Person) -> UUID | None:
    """Who signed in as this person before."""
    statement = select(_c.operator_id).where(_c.issuer == person.issuer, _c.subject == person.subject)
    return (await connection.execute(statement)).scalar_one_or_none()


async def is_somebody(connection: AsyncConnection, issuer: str, operator_id: UUID) -> bool:
    """Whether an operator is a person at this provider already."""
    known = exists(select(_c.subject).where(_c.issuer == issuer, _c.operator_id == operator_id))
    return bool((await connection.execute(select(known))).scalar_one())


async def bind(tx: Transaction, person: Person, operator_id: UUID) -> None:
    """From now on this person is this operator; the database refuses a second one."""
    row = {"issuer": person.issuer, "subject": person.subject, "operator_id": operator_id, "created_at": now()}
    await tx.execute(insert(identities).values(row))
