"""What is done to operators. Each change ends the sessions that it has to end, and is written down with it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from supportbot.admin_api.access import sessions
from supportbot.admin_api.access.accounts import any_operator
from supportbot.admin_api.access.audit import Actor, note
from supportbot.admin_api.access.passwords import check_strength, hash_password
from supportbot.admin_api.access.roles import Role
from supportbot.admin_api.if_match import ChangedMeanwhileError
from supportbot.admin_api.operators.repository import (
    Operator,
    by_login,
    hold_admins,
    insert_operator,
    one_operator,
    update_operator,
)
from supportbot.common.database.clock import now
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.errors import SupportbotError
from supportbot.common.ids import uuid7

T = TypeVar("T")
LOGIN_LONGEST = 80
NAME_LONGEST = 80


class NoOperatorError(SupportbotError):
    """There is no such operator."""


class LoginTakenError(SupportbotError):
    """Another operator has this login."""


class LastAdminError(SupportbotError):
    """Nobody could manage operators any more."""

    def __init__(self) -> None:
        super().__init__("This is the last administrator who can sign in; make another one first")


class FirstIsAdminError(SupportbotError):
    """Whoever is added first has to be able to add the others."""

    def __init__(self) -> None:
        super().__init__("The first operator has to be an administrator; add one with the role admin")


class UnfitNameError(SupportbotError):
    """A login or a name that cannot be shown, or is empty or too long."""


@dataclass(frozen=True, slots=True)
class NewOperator:
    """Whom to add."""

    login: str
    name: str
    role: Role
    password: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class OperatorService:
    """Adds, changes, disables and enables operators."""

    database: Database

    async def add(self, actor: Actor, new: NewOperator) -> UUID:
        """Raises UnfitNameError, WeakPasswordError, LoginTakenError, FirstIsAdminError."""
        values = await row_of(new)

        async def work(tx: Transaction) -> UUID:
            return await add_operator(tx, actor, values)

        return await self._write(work, new.login)

    async def change(
        self, actor: Actor, operator_id: UUID, values: Mapping[str, Any], *, version: int | None = None
    ) -> None:
        """Change name, role or language. A role holds from the next request on, so no session has to end.

        Raises:
            NoOperatorError, ChangedMeanwhileError, LastAdminError, UnfitNameError
        """
        changed = dict(values)
        if "name" in changed:
            changed["name"] = shown(changed["name"], NAME_LONGEST)

        async def work(tx: Transaction) -> None:
            if changed.get("role", "admin") != "admin":
                await _keep_an_admin(tx, operator_id)
            await _update(tx, operator_id, changed, version)
            await note(tx, actor, "operator_changed", operator_id, changed)

        await self._write(work)

    async def disable(self, actor: Actor, operator_id: UUID) -> None:
        """Let them in no more, from the next request on. Raises NoOperatorError, LastAdminError."""

        async def work(tx: Transaction) -> None:
            await _keep_an_admin(tx, operator_id)
            await _update(tx, operator_id, {"disabled_at": now()})
            ended = await sessions.end_all(tx, operator_id)
            await note(tx, actor, "operator_disabled", operator_id, {"sessions_ended": ended})

        await self._write(work)

    async def enable(self, actor: Actor, operator_id: UUID) -> None:
        """Let them in again; they sign in anew. Raises NoOperatorError."""

        async def work(tx: Transaction) -> None:
            await _update(tx, operator_id, {"disabled_at": None})
            await note(tx, actor, "operator_enabled", operator_id)

        await self._write(work)

    async def reset_password(self, actor: Actor, operator_id: UUID, password: str) -> None:
        """Give a new password; codes from an app are not asked for until they are set up again.

        Raises:
            NoOperatorError, WeakPasswordError
        """
        operator = await self.one(operator_id)
        check_strength(password, operator.login)
        hashed = await hash_password(password)

        async def work(tx: Transaction) -> None:
            await _update(tx, operator_id, {"password_hash": hashed, "totp_secret": None})
            await sessions.end_all(tx, operator_id)
            await note(tx, actor, "operator_password_reset", operator_id)

        await self._write(work)

    async def one(self, operator_id: UUID) -> Operator:
        """Raises NoOperatorError."""
        found = await self.database.read(lambda connection: one_operator(connection, operator_id))
        if found is None:
            raise NoOperatorError(f"There is no operator {operator_id}")
        return found

    async def of_login(self, login: str) -> Operator:
        """Raises NoOperatorError."""
        found = await self.database.read(lambda connection: by_login(connection, login))
        if found is None:
            raise NoOperatorError(f"Nobody has the login {login}; `supportbot operators list` shows who is there")
        return found

    async def _write(self, work: Callable[[Transaction], Awaitable[T]], login: str = "") -> T:
        try:
            return await self.database.write(work)
        except IntegrityError as error:
            raise LoginTakenError(f"Somebody has the login {login} already; choose another one") from error


async def row_of(new: NewOperator) -> dict[str, Any]:
    """The columns of somebody new, checked. Raises UnfitNameError, WeakPasswordError."""
    login = shown(new.login, LOGIN_LONGEST).lower()
    name = shown(new.name, NAME_LONGEST)
    check_strength(new.password, login)
    hashed = await hash_password(new.password)
    row = {"login": login, "name": name, "role": new.role, "language": new.language, "password_hash": hashed}
    return {"id": uuid7(), **row}


async def add_operator(tx: Transaction, actor: Actor, values: dict[str, Any]) -> UUID:
    """Insert what `row_of` made, and write it down."""
    operator_id: UUID = values["id"]
    if values["role"] != "admin" and not await any_operator(tx.connection):
        raise FirstIsAdminError
    await insert_operator(tx, values)
    await note(tx, actor, "operator_added", operator_id, {"login": values["login"], "role": values["role"]})
    return operator_id


def shown(text: str, longest: int) -> str:
    """A name as it can be shown on one line. Raises UnfitNameError."""
    name = " ".join(text.split())
    if not name or len(name) > longest or not name.isprintable():
        raise UnfitNameError(f"A name has 1 to {longest} characters that can be shown")
    return name


async def _update(tx: Transaction, operator_id: UUID, values: dict[str, Any], version: int | None = None) -> None:
    if await update_operator(tx, operator_id, values, version=version) is None:
        if version is not None and await one_operator(tx.connection, operator_id) is not None:
            raise ChangedMeanwhileError(f"The operator {operator_id} was changed meanwhile")
        raise NoOperatorError(f"There is no operator {operator_id}")


async def _keep_an_admin(tx: Transaction, leaving: UUID) -> None:
    admins = await hold_admins(tx)
    if admins == {leaving}:
        raise LastAdminError
