"""How often somebody may try to sign in: by account and by address, over all processes."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, insert, select

from supportbot.common.database.clock import now, statement_start
from supportbot.common.database.schema.operator_tables import sign_in_attempts
from supportbot.common.database.transactions import Transaction
from supportbot.common.digests import digest_of
from supportbot.common.errors import SupportbotError
from supportbot.common.ids import uuid7

WITHIN_S: Final = 15 * 60.0
OF_ACCOUNT_MOST: Final = 10
OF_ADDRESS_MOST: Final = 50
_IPV6_NETWORK: Final = 64
_c = sign_in_attempts.c


class TooManyAttemptsError(SupportbotError):
    """Somebody has tried too often; they may try again after so many seconds."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"Too many attempts to sign in; the next may be made in {retry_after_s} s")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try, by what it is counted."""

    account: str
    address: str


def attempt(login: str, address: str) -> Attempt:
    """The login is hashed: people type their passwords into the wrong field."""
    return Attempt(digest_of(login.lower()), _network(address))


async def count(tx: Transaction, tried: Attempt) -> None:
    """Count a try before it is looked at, so that many at once are no way around. Raises TooManyAttemptsError."""
    await _refuse_above(tx, _c.account == tried.account, OF_ACCOUNT_MOST)
    await _refuse_above(tx, _c.address == tried.address, OF_ADDRESS_MOST)
    row = {"id": uuid7(), "account": tried.account, "address": tried.address, "at": now()}
    await tx.execute(insert(sign_in_attempts).values(row))


async def forget(tx: Transaction, tried: Attempt) -> None:
    """It was the right one: what was mistyped before does not count any more."""
    await tx.execute(delete(sign_in_attempts).where(_c.account == tried.account, _c.address == tried.address))


async def prune(tx: Transaction) -> None:
    """Forget tries that count no more."""
    await tx.execute(delete(sign_in_attempts).where(_c.at < statement_start(-WITHIN_S)))


async def _refuse_above(tx: Transaction, whose: ColumnElement[bool], most: int) -> None:
    counted = select(func.count(), func.min(_c.at)).where(whose, _c.at > statement_start(-WITHIN_S))
    row: Any = (await tx.execute(counted)).one()
    tries, first = row[0], row[1]
    if tries >= most:
        left = first + timedelta(seconds=WITHIN_S) - datetime.now(UTC)
        raise TooManyAttemptsError(min(max(ceil(left.total_seconds()), 1), int(WITHIN_S)))


def _network(address: str) -> str:
    """An IPv6 customer has a whole network of addresses, so the network is what counts."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if parsed.version == 6:  # noqa: PLR2004  # the version's number
        return str(ipaddress.ip_network((parsed, _IPV6_NETWORK), strict=False))
    return str(parsed)
