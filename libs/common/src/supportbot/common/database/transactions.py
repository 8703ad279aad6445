"""One transaction = one unit of work; and the port behind which SQLite and PostgreSQL stand."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeVar

from opentelemetry import propagate
from sqlalchemy import CursorResult, Executable, Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.contracts.envelope import Event, encode
from supportbot.common.database.clock import now
from supportbot.common.database.prepared import prepared
from supportbot.common.database.schema.tables import outbox
from supportbot.common.errors import SupportbotError

T = TypeVar("T")
Lane = Literal["work", "intake", "relaxed"]
"""`intake` is what stores messages: a small pool of its own with a short limit. `relaxed` may lose its last moments in
a crash of the database, which is right for claims and renewals, because they are made again."""
AfterCommit = Callable[[Sequence[Event]], None]


class DatabaseUnavailableError(SupportbotError):
    """The database cannot be reached, has no free connection in time, or cannot store anything now."""


class Transaction:
    """Statements and events that become true together, or not at all."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.events: list[Event] = []

    async def execute(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        """Run one statement. One that runs all the time is built once, as building it takes longer than running it."""
        return await self.connection.execute(statement, parameters)

    async def emit(self, event: Event) -> None:
        """Store an event; it is published right after the commit, by the sweep if that fails."""
        assert event.lives_s is None, "what is worth nothing in seconds is not stored; publish it"
        headers: dict[str, str] = {}
        propagate.inject(headers)
        await self.execute(_outbox_row(), {"id": event.message_id, "body": encode(event), "headers": headers})
        self.events.append(event)


@prepared
def _outbox_row() -> Insert:
    return insert(outbox).values(created_at=now())


class Database(Protocol):
    """Where the truth is. Application code never commits: a unit of work is one transaction."""

    @property
    def dialect(self) -> Literal["sqlite", "postgresql"]:
        """The kind of database behind it."""
        ...

    def after_commit(self, publish: AfterCommit) -> None:
        """Call `publish` with the events of every transaction, once it is committed. It must not block or raise."""
        ...

    async def write(self, work: Callable[[Transaction], Awaitable[T]], *, lane: Lane = "work") -> T:
        """Run `work` in a transaction and commit. `work` may run again after a deadlock, so it has no other effects.

        Raises:
            DatabaseUnavailableError: it could not be stored; nothing of it was, unless the commit's answer was lost.
        """
        ...

    async def read(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run `work` on a connection that writes nothing; each of its statements sees what is committed by then."""
        ...

    def refusal(self) -> str | None:
        """Why nothing can be stored though it answers, as far as the last write tells; None where it can."""
        ...

    def pool_status(self) -> dict[str, int]:
        """Connections: `checked_out`, `size` and `overflow`, which is never negative."""
        ...

    async def close(self) -> None:
        """Finish what was begun and let go of all connections."""
        ...
