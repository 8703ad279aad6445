"""Keys by which programs use the admin API. Only a key's hash is stored: who has the table has no key."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args
from uuid import UUID

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import now, statement_start
from supportbot.common.database.schema.tables import api_keys
from supportbot.common.database.transactions import Transaction
from supportbot.common.digests import digest_of
from supportbot.common.errors import SupportbotError
from supportbot.common.ids import uuid7

Scope = Literal["documents", "dead_letters", "answers", "faq", "costs", "inbox"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
PREFIX: Final = "sb_"
"""Begins every key, so that people and scanners recognise one that is where it should not be."""
USED_EVERY_S: Final = 60.0
_BYTES: Final = 32
_LONGEST: Final = 128
_c = api_keys.c


class NoKeyError(SupportbotError):
    """There is no such key, or it was revoked before."""

    def __init__(self, key_id: UUID) -> None:
        super().__init__(f"{key_id} is no key that is valid; `supportbot keys list` shows those that are")
        self.key_id = key_id


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key; the key itself is known to its owner only."""

    id: UUID
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def new_key() -> str:
    """A key of 32 random bytes."""
    return PREFIX + secrets.token_urlsafe(_BYTES)


async def create_key(tx: Transaction, *, key: str, name: str, scopes: Iterable[Scope]) -> UUID:
    """Let a key in from now on."""
    key_id = uuid7()
    row = {"id": key_id, "name": name, "digest": digest_of(key), "scopes": sorted(scopes), "created_at": now()}
    await tx.execute(insert(api_keys).values(row))
    return key_id


async def find_key(connection: AsyncConnection, key: str) -> ApiKey | None:
    """The key, if it is valid. It is looked up by its hash, so the time that takes tells nothing about any key."""
    if not key.startswith(PREFIX) or len(key) > _LONGEST:
        return None
    valid = _all_about().where(_c.digest == digest_of(key), _c.revoked_at.is_(None))
    row = (await connection.execute(valid)).one_or_none()
    return None if row is None else _key(row)


async def all_keys(connection: AsyncConnection) -> Sequence[ApiKey]:
    """Every key that ever was, oldest first."""
    return [_key(row) for row in await connection.execute(_all_about().order_by(_c.created_at, _c.id))]


async def note_used(tx: Transaction, key_id: UUID) -> None:
    """Remember that a key is in use; once a minute is enough."""
    long_ago = or_(_c.last_used_at.is_(None), _c.last_used_at < statement_start(-USED_EVERY_S))
    await tx.execute(update(api_keys).where(_c.id == key_id, long_ago).values(last_used_at=now()))


async def revoke_key(tx: Transaction, key_id: UUID) -> str:
    """Let a key in no more, from the next request on. Returns its name; raises NoKeyError."""
    valid = update(api_keys).where(_c.id == key_id, _c.revoked_at.is_(None)).values(revoked_at=now())
    name = (await tx.execute(valid.returning(_c.name))).scalar_one_or_none()
    if name is None:
        raise NoKeyError(key_id)
    return str(name)


def _all_about() -> Any:
    return select(_c.id, _c.name, _c.scopes, _c.created_at, _c.last_used_at, _c.revoked_at)


def _key(row: Any) -> ApiKey:
    scopes = frozenset(scope for scope in SCOPES if scope in row.scopes)
    return ApiKey(row.id, row.name, scopes, row.created_at, row.last_used_at, row.revoked_at)
