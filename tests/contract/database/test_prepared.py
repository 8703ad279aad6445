"""A prepared statement does what SQLAlchemy would make of it, on both databases."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Select, Update, bindparam, event, select, update
from sqlalchemy.exc import IntegrityError

from supportbot.common.contracts import AlertRaised
from supportbot.common.database.clock import after, now
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.prepared import prepared
from supportbot.common.database.schema.tables import bots, outbox
from supportbot.common.database.statements import insertion
from supportbot.common.database.transactions import Database, Transaction


@prepared
def _events() -> Select[Any]:
    return select(outbox).where(outbox.c.id == bindparam("of_event"))


@prepared
def _leasing() -> Update:
    return update(bots).where(bots.c.bot == bindparam("of_bot")).values(sender=bindparam("held"), sender_until=now())


async def _add_bot(tx: Transaction, bot: str) -> None:
    row = {"bot": bot, "sender_until": after(-1), "poller_until": after(-1)}
    await tx.execute(bots.insert().values(row))


async def test_the_rows_are_those_that_the_same_statement_gives_unprepared(database: Database) -> None:
    alert = AlertRaised(correlation_id=uuid4(), kind="disk", severity="warning", text="заканчивается “место”")
    await database.write(lambda tx: tx.emit(alert))
    row = (await database.read(lambda c: c.execute(_events(), {"of_event": alert.message_id}))).one()
    plain = (await database.read(lambda c: c.execute(select(outbox)))).one()
    assert row._asdict() == plain._asdict()
    assert row.id == alert.message_id
    assert row.created_at.tzinfo is not None


async def test_it_says_how_many_rows_it_changed(database: Database) -> None:
    await database.write(lambda tx: _add_bot(tx, "1"))
    for bot, changed in (("1", 1), ("2", 0)):
        values = {"of_bot": bot, "held": uuid4()}
        assert (await database.write(lambda tx, of=values: tx.execute(_leasing(), of))).rowcount == changed  # type: ignore[misc]


async def test_its_values_may_be_other_ones_each_time(database: Database) -> None:
    await database.write(lambda tx: _add_bot(tx, "1"))
    held = uuid4()
    for token in (uuid4(), None, held):
        values = {"of_bot": "1", "held": token}
        await database.write(lambda tx, of=values: tx.execute(_leasing(), of))  # type: ignore[misc]
    assert (await database.read(lambda c: c.execute(select(bots.c.sender)))).scalar_one() == held


async def test_an_error_is_one_of_sqlalchemys_and_leaves_nothing(database: Database) -> None:
    row = {"id": uuid4(), "body": "{}", "headers": {}}

    async def twice(tx: Transaction) -> None:
        for _ in range(2):
            await tx.execute(insertion(outbox, "created_at"), row)

    with pytest.raises(IntegrityError):
        await database.write(twice)
    assert (await database.read(lambda c: c.execute(select(outbox)))).all() == []


async def test_who_listens_to_statements_hears_prepared_ones_too(sqlite_database: SqliteDatabase) -> None:
    heard: list[str] = []

    async def work(tx: Transaction) -> None:
        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            heard.append(statement)

        event.listen(tx.connection.sync_connection, "before_cursor_execute", note)
        await tx.execute(_leasing(), {"of_bot": "1", "held": None})
        event.remove(tx.connection.sync_connection, "before_cursor_execute", note)

    await sqlite_database.write(work)
    assert [statement.split()[:2] for statement in heard] == [["UPDATE", "bots"]]


async def test_a_statement_with_a_list_of_any_length_cannot_be_prepared(sqlite_database: SqliteDatabase) -> None:
    @prepared
    def listing() -> Select[Any]:
        return select(bots).where(bots.c.bot.in_(bindparam("names", expanding=True)))

    with pytest.raises(AssertionError, match="no one form"):
        await sqlite_database.read(lambda c: c.execute(listing(), {"names": ["1"]}))
