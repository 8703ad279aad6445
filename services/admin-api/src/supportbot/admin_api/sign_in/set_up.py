"""The first administrator: made by whoever can read the log, with a code that is written there once."""

import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import delete, insert

from supportbot.admin_api.access import throttle
from supportbot.admin_api.access.accounts import any_operator
from supportbot.admin_api.access.audit import Actor
from supportbot.admin_api.operators.service import NewOperator, add_operator, row_of
from supportbot.common.database.clock import now, statement_start
from supportbot.common.database.schema.operator_tables import set_up_codes
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.digests import digest_of
from supportbot.common.errors import SupportbotError
from supportbot.common.telemetry.logging import logger

PATH: Final = "/inbox/set-up"
_KEPT_S: Final = 7 * 24 * 3600.0
_GROUPS: Final = 4
_GROUP: Final = 5
_ALPHABET: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_WHO: Final = "set-up"
_log = logger(__name__)


class WrongSetUpCodeError(SupportbotError):
    """The code is not the one in the log, or was used."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """Open until there is an operator, and never again."""

    database: Database

    async def is_open(self) -> bool:
        """Whether the first administrator is still to be made."""
        return not await self.database.read(any_operator)

    async def announce(self) -> None:
        """Write a new code into the log where nobody can sign in yet. Every process has its own; all of them hold."""
        if not await self.is_open():
            return
        code = _new_code()

        async def work(tx: Transaction) -> None:
            await tx.execute(delete(set_up_codes).where(set_up_codes.c.created_at < statement_start(-_KEPT_S)))
            await tx.execute(insert(set_up_codes).values(digest=_digest(code), created_at=now()))

        await self.database.write(work)
        _log.warning("Nobody can sign in yet. Make the first administrator with this code", page=PATH, code=code)

    async def finish(self, code: str, new: NewOperator, address: str) -> UUID:
        """Make the first administrator.

        Raises:
            TooManyAttemptsError, WrongSetUpCodeError, UnfitNameError, WeakPasswordError
        """
        tried = throttle.attempt(_WHO, address)
        await self.database.write(lambda tx: throttle.count(tx, tried))
        values = await row_of(new)

        async def work(tx: Transaction) -> UUID:
            used = await tx.execute(delete(set_up_codes).where(set_up_codes.c.digest == _digest(code)))
            if used.rowcount != 1 or await any_operator(tx.connection):
                raise WrongSetUpCodeError("The code is not the one in the log")
            await tx.execute(delete(set_up_codes))
            await throttle.forget(tx, tried)
            return await add_operator(tx, Actor(None, _WHO, address), values)

        return await self.database.write(work)


def _new_code() -> str:
    """20 letters and digits that cannot be mistaken for each other: 98 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))


def _digest(code: str) -> str:
    return digest_of("".join(letter for letter in code.upper() if letter in _ALPHABET))
