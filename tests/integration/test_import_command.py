"""`supportbot import`: a hand-written bot's SQLite database and documents become ours, once, with a report."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.people import person_known
from supportbot.common.database.schema.tables import conversations, escalations, messages, outbound
from supportbot.common.database.transactions import Database
from supportbot.common.database.turns import claim_turn
from supportbot.common.ids import BotId
from supportbot.standalone.cli.main import application
from supportbot.standalone.importing.names import who_said
from supportbot.standalone.importing.reading import NotImportableError, read_database, read_time
from supportbot.standalone.importing.records import Found
from supportbot.standalone.importing.storing import store_chats

BOT = BotId("123456789")
ANNA, BORIS, CAROL = 5001, 5002, 5003
Make = Callable[..., Path]


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A database as such bots have it: people by a number of ours, messages, tickets, and a table of its own."""
    return made(
        tmp_path / "bot_database.db",
        "CREATE TABLE users (id INTEGER PRIMARY KEY, telegram_id INTEGER, first_name TEXT, last_name TEXT,"
        " language_code TEXT, is_banned INTEGER DEFAULT 0)",
        f"INSERT INTO users VALUES (1, {ANNA}, 'Anna', 'Orlova', 'ru', 0), (2, {BORIS}, 'Boris', NULL, 'en', 1),"
        f" (3, {CAROL}, 'Carol', '', NULL, 0)",
        "CREATE TABLE messages (id INTEGER PRIMARY KEY, user_id INTEGER, role TEXT, content TEXT, created_at TEXT)",
        "INSERT INTO messages VALUES (1, 1, 'user', 'Как вернуть товар?', '2026-03-01 10:00:00'),"
        " (2, 1, 'assistant', 'В течение 30 дней.', '2026-03-01 10:00:05'),"
        " (3, 1, 'user', 'Where is my parcel?', '2026-03-02 10:00:00'),"
        " (4, 2, 'user', 'Spam', 'not a time'), (5, 9, 'user', 'Who am I?', '2026-03-02 10:00:00'),"
        " (6, 1, 'user', '  ', '2026-03-02 10:00:00'), (7, 1, 'alien', 'Beep', '2026-03-02 10:00:00')",
        "CREATE TABLE tickets (id INTEGER PRIMARY KEY, user_id INTEGER, question TEXT, admin_response TEXT,"
        " status TEXT, created_at TEXT)",
        "INSERT INTO tickets VALUES (1, 1, 'Where is my parcel?', NULL, 'open', '2026-03-02 10:00:01'),"
        " (2, 1, 'Do you have a shop?', 'Yes, in Riga.', 'closed', '2026-03-03 10:00:00')",
        "CREATE TABLE model_cache (key TEXT, value BLOB)",
        "INSERT INTO model_cache VALUES ('a', x'00'), ('b', x'01')",
    )


def made(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()
    return path


def content(path: Path) -> bytes:
    return path.read_bytes()


def chats(found: Found) -> Sequence[Any]:
    return list(found.chats.values())


async def rows(database: Database, table: Any, order: Any) -> list[Any]:
    async def read(connection: Any) -> list[Any]:
        return list((await connection.execute(select(table).order_by(order))).all())

    return await database.read(read)


async def test_what_was_said_becomes_conversations_in_which_nothing_is_due(database: Database, other: Path) -> None:
    stored = await store_chats(database, BOT, chats(read_database(other)))
    assert (stored.conversations, stored.messages, stored.replies, stored.requests) == (2, 4, 2, 1)
    conversation, _spammer = await rows(database, conversations, conversations.c.chat)
    assert (conversation.bot, conversation.chat, conversation.user_name) == (BOT, str(ANNA), "Anna Orlova")
    assert (conversation.last_seq, conversation.done_seq, conversation.out_seq) == (3, 3, 2)
    assert (conversation.language, conversation.mode) == ("ru", "machine")
    said = [one for one in await rows(database, messages, messages.c.seq) if one.conversation_id == conversation.id]
    assert [one.text for one in said] == ["Как вернуть товар?", "Where is my parcel?", "Do you have a shop?"]
    assert said[0].received_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    replies = await rows(database, outbound, outbound.c.out_seq)
    assert [(one.author, one.body, one.status, one.turn_to) for one in replies] == [
        ("machine", "В течение 30 дней.", "sent", 1),
        ("person", "Yes, in Riga.", "sent", 3),
    ]
    (waits,) = await rows(database, escalations, escalations.c.id)
    assert (waits.question, waits.state, waits.turn_to) == ("Where is my parcel?", "open", 2)
    assert waits.staff_told_at is not None, "nobody is flooded with what is old"
    assert await database.write(claim_turn) is None


async def test_what_was_taken_is_not_taken_again_and_what_is_new_is(database: Database, other: Path) -> None:
    await store_chats(database, BOT, chats(read_database(other)))
    again = await store_chats(database, BOT, chats(read_database(other)))
    assert (again.conversations, again.messages, again.replies, again.known) == (0, 0, 0, 6)
    made(other, "INSERT INTO messages VALUES (8, 1, 'user', 'Thanks', '2026-03-05 10:00:00')")
    later = await store_chats(database, BOT, chats(read_database(other)))
    assert (later.messages, later.replies) == (1, 0)
    said = await rows(database, messages, messages.c.seq)
    assert [(one.seq, one.text) for one in said][-1] == (4, "Thanks")
    conversation, _spammer = await rows(database, conversations, conversations.c.chat)
    assert (conversation.last_seq, conversation.done_seq) == (4, 4)


async def test_nothing_is_put_behind_what_people_wrote_here(database: Database, other: Path) -> None:
    here = IncomingMessage("telegram", BOT, str(ANNA), BOT, "1", "hash", "Hello there", external_id=5)
    await database.write(lambda tx: receive_message(tx, here))
    stored = await store_chats(database, BOT, chats(read_database(other)))
    assert (stored.conversations, stored.in_use) == (1, [ANNA])
    assert {one.text for one in await rows(database, messages, messages.c.seq)} == {"Hello there", "Spam"}
    assert await database.write(claim_turn) is not None, "their question is answered all the same"


async def test_whoever_was_not_listened_to_is_not_listened_to_here(database: Database, other: Path) -> None:
    stored = await store_chats(database, BOT, chats(read_database(other)), dry_run=True)
    assert stored.banned == 1
    assert not (await database.read(lambda connection: person_known(connection, BOT, BORIS))).is_banned
    await store_chats(database, BOT, chats(read_database(other)))
    assert (await database.read(lambda connection: person_known(connection, BOT, BORIS))).is_banned
    again = await store_chats(database, BOT, chats(read_database(other)))
    assert (again.banned, again.silent) == (0, 1)


def test_what_is_left_is_told_by_table_and_reason(other: Path) -> None:
    found = read_database(other)
    assert found.tables == {
        "users": "people",
        "messages": "messages",
        "tickets": "requests",
        "model_cache": "not taken",
    }
    assert dict(found.left) == {
        ("messages", "no Telegram id"): 1,
        ("messages", "nothing is said in it"): 1,
        ("messages", "it is not known who said it"): 1,
        ("model_cache", "a table that is not known"): 2,
    }
    assert found.guessed_times == 1


def test_questions_with_answers_in_one_row_by_telegrams_own_id(tmp_path: Path) -> None:
    path = made(
        tmp_path / "log.db",
        "CREATE TABLE conversations (user_id INTEGER, username TEXT, query TEXT, response TEXT, timestamp REAL)",
        f"INSERT INTO conversations VALUES ({ANNA}, 'anna', 'Hi', 'Hello', 1772359200.5),"
        f" ({ANNA}, 'anna', 'Bye', NULL, 1772359300000)",
    )
    (chat,) = read_database(path, ZoneInfo("Europe/Moscow")).chats.values()
    assert [(one.who, one.text) for one in chat.said] == [("user", "Hi"), ("machine", "Hello"), ("user", "Bye")]
    assert chat.said[2].at - chat.said[0].at == timedelta(seconds=99.5)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-03-01 10:00:00", datetime(2026, 3, 1, 7, tzinfo=UTC)),
        ("2026-03-01T10:00:00.250+00:00", datetime(2026, 3, 1, 10, 0, 0, 250_000, tzinfo=UTC)),
        (1772359200, datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("1772359200000", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("yesterday", None),
        (None, None),
        (-5, None),
        (1e300, None),
    ],
)
def test_times_are_read_as_such_bots_write_them(value: object, moment: datetime | None) -> None:
    assert read_time(value, ZoneInfo("Europe/Moscow")) == moment


@pytest.mark.parametrize(
    ("column", "value", "who"),
    [
        (None, None, "user"),
        ("role", "User", "user"),
        ("sender", "operator", "person"),
        ("is_bot", 1, "machine"),
        ("is_bot", 0, "user"),
        ("is_from_user", 0, "machine"),
        ("role", "tool", None),
    ],
)
def test_who_said_it(column: str | None, value: object, who: str | None) -> None:
    assert who_said(column, value) == who


@pytest.mark.parametrize("held", [None, b"", b"not a database at all, whatever its name says"])
def test_what_is_no_such_database_is_refused(tmp_path: Path, held: bytes | None) -> None:
    path = tmp_path / "odd.db"
    if held is not None:
        path.write_bytes(held)
    with pytest.raises(NotImportableError, match=r"odd\.db"):
        read_database(path)


async def command(*arguments: str) -> Result:
    return await asyncio.to_thread(lambda: CliRunner().invoke(application, ["import", *arguments]))


async def test_the_command_reports_documents_too_and_changes_nothing_before_it_is_told_to(
    tmp_path: Path, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", f"{BOT}:{'x' * 35}")
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "returns.md").write_text("# Returns\n\nYou can return an item within 30 days.\n", encoding="utf-8")
    (folder / "photo.bin").write_bytes(b"\0\1")
    before = content(other)
    arguments = (str(other), "--documents", str(folder), "--json")
    planned = json.loads((await command(*arguments, "--dry-run")).stdout)
    assert (planned["dry_run"], planned["taken"]["messages"], planned["documents"]["files"]) == (True, 4, 2)
    done = await command(*arguments, "--yes")
    assert done.exit_code == 5, done.output
    report = json.loads(done.stdout)
    assert (report["taken"]["conversations"], report["documents"]["taken"]) == (2, 1)
    assert report["documents"]["passed_over"] == 1
    assert {one["why"] for one in report["left"]} >= {"a table that is not known", "no Telegram id"}
    again = json.loads((await command(*arguments, "--yes")).stdout)
    assert (again["taken"]["messages"], again["taken"]["known"]) == (0, 6)
    told = (await command(str(other), "--dry-run")).output
    assert "Left: model_cache: 2, a table that is not known" in told
    assert content(other) == before
    monkeypatch.delenv("TELEGRAM_BOT_TOKEN")
    assert "TELEGRAM_BOT_TOKEN" in str((await command(str(other), "--dry-run")).exception)
