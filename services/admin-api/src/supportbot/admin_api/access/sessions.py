"""Sessions: one for each sign-in, with a refresh token that is good for one use and is replaced by it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.access.tokens import new_refresh_token
from supportbot.common.database.clock import after, now, statement_start
from supportbot.common.database.schema.operator_tables import operators, refresh_tokens, sessions
from supportbot.common.database.transactions import Transaction
from supportbot.common.digests import digest_of
from supportbot.common.ids import uuid7

IDLE_S: Final = 14 * 24 * 3600.0
"""A session ends when it was not renewed for so long."""
LONGEST_S: Final = 90 * 24 * 3600.0
"""Whatever happens, the password is asked for again after that."""
TWICE_WITHIN_S: Final = 20.0
"""Two tabs may renew at the same moment: so long after its use a refresh token still brings an access token."""
_s, _t, _o = sessions.c, refresh_tokens.c, operators.c


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An operator as a valid session shows them."""

    session_id: UUID
    operator_id: UUID
    login: str
    name: str
    role: str
    language: str


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in as its owner sees it in their profile."""

    id: UUID
    address: str
    program: str
    created_at: datetime
    renewed_at: datetime


@dataclass(frozen=True, slots=True)
class Renewed:
    """What came of a refresh token; `refresh` is None for the second of two tabs, which has to keep the first one's."""

    operator_id: UUID
    session_id: UUID
    refresh: str | None


@dataclass(frozen=True, slots=True)
class Reused:
    """A refresh token came that had been used before: it was copied, so its session has been ended."""

    operator_id: UUID
    session_id: UUID


async def begin(
    tx: Transaction, operator_id: UUID, *, address: str, program: str, id_token: str | None = None
) -> tuple[UUID, str]:
    """A new session, and its first refresh token; `id_token` is that of the provider that vouched for its owner."""
    session_id = uuid7()
    row = {"id": session_id, "operator_id": operator_id, "address": address[:64], "program": program[:200]}
    row |= {"id_token": id_token}
    moments = {"created_at": now(), "renewed_at": now(), "expires_at": after(IDLE_S)}
    await tx.execute(insert(sessions).values(**row, **moments))
    return session_id, await _new_token(tx, session_id)


async def find(connection: AsyncConnection, session_id: UUID, operator_id: UUID) -> SignedIn | None:
    """Who is signed in, if the session still holds and its owner is still one of us."""
    statement = (
        select(_s.id, _o.id.label("operator_id"), _o.login, _o.name, _o.role, _o.language)
        .join_from(sessions, operators, _o.id == _s.operator_id)
        .where(_s.id == session_id, _o.id == operator_id, *_valid())
    )
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else SignedIn(row.id, row.operator_id, row.login, row.name, row.role, row.language)


async def renew(tx: Transaction, refresh: str) -> Renewed | Reused | None:
    """Take a refresh token in and give the next one. None where it is none, or its session has ended."""
    digest = digest_of(refresh)
    claimed = update(refresh_tokens).where(_t.digest == digest, _t.used_at.is_(None)).values(used_at=now())
    session_id = (await tx.execute(claimed.returning(_t.session_id))).scalar_one_or_none()
    if session_id is None:
        return await _again(tx, digest)
    whose = await _owner(tx, session_id)
    if whose is None:
        return None
    await tx.execute(update(sessions).where(_s.id == session_id).values(renewed_at=now(), expires_at=after(IDLE_S)))
    return Renewed(whose, session_id, await _new_token(tx, session_id))


async def end(tx: Transaction, session_id: UUID, operator_id: UUID) -> bool:
    """End one session, from the next request on. False where it had ended, or is somebody else's."""
    mine = (_s.id == session_id, _s.operator_id == operator_id, _s.revoked_at.is_(None))
    return (await tx.execute(update(sessions).where(*mine).values(**_ended()))).rowcount == 1


async def vouched_by(connection: AsyncConnection, session_id: UUID) -> str | None:
    """The ID token with which a session began, empty where that is not known; None: nobody vouched, or it has ended."""
    return (await connection.execute(select(_s.id_token).where(_s.id == session_id))).scalar_one_or_none()


async def end_all(tx: Transaction, operator_id: UUID, *, but: UUID | None = None) -> int:
    """End every session of an operator; `but` this one."""
    ended = update(sessions).where(_s.operator_id == operator_id, _s.revoked_at.is_(None))
    if but is not None:
        ended = ended.where(_s.id != but)
    return (await tx.execute(ended.values(**_ended()))).rowcount


async def of_operator(connection: AsyncConnection, operator_id: UUID) -> list[Session]:
    """Where an operator is signed in, newest first."""
    statement = (
        select(_s.id, _s.address, _s.program, _s.created_at, _s.renewed_at)
        .join_from(sessions, operators, _o.id == _s.operator_id)
        .where(_s.operator_id == operator_id, *_valid())
        .order_by(_s.renewed_at.desc())
        .limit(50)
    )
    return [Session(*row) for row in await connection.execute(statement)]


async def prune(tx: Transaction) -> None:
    """Forget sessions that ended long ago, with their tokens."""
    await tx.execute(delete(sessions).where(_s.expires_at < statement_start(-IDLE_S)))


async def _again(tx: Transaction, digest: str) -> Renewed | Reused | None:
    used: Any = (
        select(_t.session_id, _s.operator_id, (_t.used_at > statement_start(-TWICE_WITHIN_S)).label("just_now"))
        .join_from(refresh_tokens, sessions, _s.id == _t.session_id)
        .where(_t.digest == digest)
    )
    row = (await tx.execute(used)).one_or_none()
    if row is None or await _owner(tx, row.session_id) is None:
        return None
    if row.just_now:
        return Renewed(row.operator_id, row.session_id, None)
    await end(tx, row.session_id, row.operator_id)
    return Reused(row.operator_id, row.session_id)


async def _owner(tx: Transaction, session_id: UUID) -> UUID | None:
    statement = (
        select(_s.operator_id)
        .join_from(sessions, operators, _o.id == _s.operator_id)
        .where(_s.id == session_id, *_valid())
    )
    return (await tx.execute(statement)).scalar_one_or_none()


async def _new_token(tx: Transaction, session_id: UUID) -> str:
    token = new_refresh_token()
    await tx.execute(insert(refresh_tokens).values(digest=digest_of(token), session_id=session_id, created_at=now()))
    return token


def _ended() -> dict[str, Any]:
    return {"revoked_at": now(), "id_token": None}


def _valid() -> tuple[Any, ...]:
    return (
        _s.revoked_at.is_(None),
        _s.expires_at > statement_start(),
        _s.created_at > statement_start(-LONGEST_S),
        _o.disabled_at.is_(None),
    )
