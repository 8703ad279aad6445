"""Operators in the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.access.roles import Role
from supportbot.common.database.clock import now
from supportbot.common.database.schema.operator_tables import operators
from supportbot.common.database.transactions import Transaction

_c = operators.c


@dataclass(frozen=True, slots=True)
class Operator:
    """A person, without what they sign in with."""

    id: UUID
    login: str
    name: str
    role: Role
    language: str
    has_code: bool
    """Whether a code from an app is asked for beside the password."""
    has_password: bool
    """False for whoever came with an OpenID provider."""
    version: int
    disabled_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody who signs in is held against."""

    id: UUID
    login: str
    name: str
    language: str
    password_hash: str
    totp_secret: str | None
    is_disabled: bool


async def every_operator(connection: AsyncConnection) -> list[Operator]:
    """All of them, by name; whoever may not come in any more last."""
    ordered = _all_about().order_by(_c.disabled_at.is_not(None), _c.name, _c.id)
    return [_operator(row) for row in await connection.execute(ordered)]


async def one_operator(connection: AsyncConnection, operator_id: UUID) -> Operator | None:
    """One by id."""
    row = (await connection.execute(_all_about().where(_c.id == operator_id))).one_or_none()
    return None if row is None else _operator(row)


async def by_login(connection: AsyncConnection, login: str) -> Operator | None:
    """One by login, in whatever letters it was typed."""
    row = (await connection.execute(_all_about().where(_c.login == login.lower()))).one_or_none()
    return None if row is None else _operator(row)


async def credentials(
    connection: AsyncConnection, *, login: str = "", operator_id: UUID | None = None
) -> Credentials | None:
    """What to hold a password or a code against, by login or by id."""
    whose = _c.login == login.lower() if operator_id is None else _c.id == operator_id
    columns = (_c.id, _c.login, _c.name, _c.language, _c.password_hash, _c.totp_secret, _c.disabled_at.is_not(None))
    row = (await connection.execute(select(*columns).where(whose))).one_or_none()
    return None if row is None else Credentials(*row)


async def insert_operator(tx: Transaction, values: dict[str, Any]) -> None:
    """Add one; the database refuses a login that is taken."""
    await tx.execute(insert(operators).values(**values, created_at=now()))


async def update_operator(
    tx: Transaction, operator_id: UUID, values: dict[str, Any], *, version: int | None = None
) -> int | None:
    """Change one, if it is still in this version. Returns the new version; None where it is not, or is not there."""
    changed = update(operators).where(_c.id == operator_id).values(**values, version=_c.version + 1)
    if version is not None:
        changed = changed.where(_c.version == version)
    return cast("int | None", (await tx.execute(changed.returning(_c.version))).scalar_one_or_none())


async def take_code(tx: Transaction, operator_id: UUID, step: int) -> bool:
    """Note a code as used. False where it, or a newer one, was used before."""
    unused = update(operators).where(_c.id == operator_id, _c.totp_step < step)
    return (await tx.execute(unused.values(totp_step=step))).rowcount == 1


async def hold_admins(tx: Transaction) -> set[UUID]:
    """The administrators who can sign in, held until the end of the transaction, so that one of them stays."""
    admins = select(_c.id).where(_c.role == "admin", _c.disabled_at.is_(None)).order_by(_c.id).with_for_update()
    return set((await tx.execute(admins)).scalars())


def _all_about() -> Any:
    has_code = _c.totp_secret.is_not(None).label("has_code")
    has_password = (_c.password_hash != "").label("has_password")
    about = (_c.id, _c.login, _c.name, _c.role, _c.language, has_code, has_password)
    return select(*about, _c.version, _c.disabled_at, _c.created_at)


def _operator(row: Any) -> Operator:
    return Operator(*row)
