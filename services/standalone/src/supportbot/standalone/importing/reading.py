"""Reading another bot's SQLite database: only read, never changed, also while that bot runs."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Final

from supportbot.common.errors import SupportbotError
from supportbot.common.plain_text import TEXT_LIMIT, clean_text
from supportbot.standalone.importing.names import (
    COLUMNS,
    OPEN,
    PEOPLE_TABLES,
    REQUEST_TABLES,
    column_for,
    is_true,
    who_said,
)
from supportbot.standalone.importing.records import NO_CHAT, NO_SPEAKER, NO_TEXT, Found, Said

_MILLISECONDS: Final = 100_000_000_000
_LATEST: Final = 4_102_444_800.0
"""The year 2100: what is later was no time."""
_TWINS_WITHIN: Final = timedelta(minutes=5)
Row = Mapping[str, Any]
Names = Mapping[str, str | None]
"""By what a column means, how it is called in this table."""
ChatOf = Callable[[Row], int | None]
Take = Callable[[str, int, Row, Names, ChatOf], None]


class NotImportableError(SupportbotError):
    """It is no database that could be read."""


def read_database(path: Path, zone: tzinfo = UTC) -> Found:
    """Everything that can be taken. `zone`: of times that name none.

    Raises:
        NotImportableError: it is not there, is no SQLite database, or holds nothing that is known.
    """
    if not path.is_file():
        raise NotImportableError(f"{path}: there is no such file; name the SQLite database of the other bot")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)) as database:
            database.row_factory = _named
            database.text_factory = lambda raw: raw.decode("utf-8", "replace")
            found = _Reader(database, zone, datetime.fromtimestamp(path.stat().st_mtime, UTC)).read()
    except sqlite3.Error as error:
        raise NotImportableError(f"{path}: cannot be read as a SQLite database ({error})") from error
    if not found.chats:
        known = ", ".join(found.tables) or "it is empty"
        raise NotImportableError(
            f"{path}: no table of people or of what they said was recognised (tables: {known}). "
            "docs/from-another-bot.md says which names are known; a view by such a name will do"
        )
    return found


class _Reader:
    def __init__(self, database: sqlite3.Connection, zone: tzinfo, unknown: datetime) -> None:
        self._database = database
        self._zone = zone
        self._unknown = unknown
        self._found = Found()
        self._by_own_id: dict[Any, int] = {}

    def read(self) -> Found:
        listed = (
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY 1"
        )
        names = [row["name"] for row in self._database.execute(listed)]
        for name in sorted(names, key=lambda one: one.lower() not in PEOPLE_TABLES):  # people first: others name them
            self._table(name)
        for chat in self._found.chats.values():
            chat.said = once(sorted(chat.said, key=lambda said: said.at))
        return self._found

    def _table(self, name: str) -> None:
        quoted = name.replace('"', '""')
        columns = [row["name"] for row in self._database.execute(f'PRAGMA table_info("{quoted}")')]
        of = {meaning: column_for(meaning, columns) for meaning in COLUMNS}
        kind, take = self._kind(name, columns, of)
        self._found.tables[name] = kind
        rows = self._database.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608  # its own name, quoted
        if take is None:
            count = sum(1 for _ in rows)
            self._found.left[name, "a table that is not known"] += count
            return
        chat_of = self._chat_of(name, of["chat"])
        for number, row in enumerate(rows, 1):
            take(name, number, row, of, chat_of)

    def _kind(self, name: str, columns: Sequence[str], of: Names) -> tuple[str, Take | None]:
        if name.lower() in PEOPLE_TABLES and (of["chat"] or "id" in columns):
            return "people", self._person
        if of["chat"] is None:
            return "not taken", None
        if of["question"] or (name.lower() in REQUEST_TABLES and of["text"]):
            return ("requests" if name.lower() in REQUEST_TABLES else "questions with answers"), self._exchange
        return ("messages", self._message) if of["text"] else ("not taken", None)

    def _person(self, name: str, number: int, row: Row, of: Names, chat_of: ChatOf) -> None:
        del number, chat_of
        telegram_id = _telegram_id(row[of["chat"] or "id"])
        if telegram_id is None:
            self._found.left[name, NO_CHAT] += 1
            return
        if "id" in row:
            self._by_own_id[row["id"]] = telegram_id
        chat = self._found.chat(telegram_id)
        parts = [_text(row, of["first_name"]), _text(row, of["last_name"])]
        chat.name = (
            " ".join(part for part in parts if part) or _text(row, of["full_name"]) or _text(row, of["username"])
        )
        chat.language = _text(row, of["language"])[:2].lower() or "und"
        chat.is_banned = of["banned"] is not None and is_true(row[of["banned"]])

    def _chat_of(self, name: str, column: str | None) -> ChatOf:
        """How a row's person is found: `user_id` is often the number of their row in the table of people."""
        if column is None or not self._by_own_id:
            return lambda row: _telegram_id(row[column]) if column else None
        quoted, field = name.replace('"', '""'), column.replace('"', '""')
        used = {row[column] for row in self._database.execute(f'SELECT DISTINCT "{field}" FROM "{quoted}"')}  # noqa: S608
        if len(used & set(self._by_own_id)) > len(used & set(self._by_own_id.values())):
            return lambda row: self._by_own_id.get(row[column])
        return lambda row: _telegram_id(row[column])

    def _message(self, name: str, number: int, row: Row, of: Names, chat_of: ChatOf) -> None:
        who = who_said(of["who"], row[of["who"]] if of["who"] else None)
        if who is None:
            self._found.left[name, NO_SPEAKER] += 1
            return
        self._say(name, f"{_key(row, number)}", row, of, chat_of, who=who, text=_text(row, of["text"]))

    def _exchange(self, name: str, number: int, row: Row, of: Names, chat_of: ChatOf) -> None:
        key, is_request = _key(row, number), self._found.tables[name] == "requests"
        asked, answer = _text(row, of["question"] or of["text"]), _text(row, of["answer"])
        waits = is_request and not answer and _text(row, of["status"]).lower() in OPEN
        taken = self._say(name, f"{key}:question", row, of, chat_of, who="user", text=asked, waits=waits)
        if taken and answer:
            who = "person" if is_request or str(of["answer"]).startswith(("admin", "operator")) else "machine"
            self._say(name, f"{key}:answer", row, of, chat_of, who=who, text=answer)

    def _say(
        self,
        name: str,
        key: str,
        row: Row,
        of: Names,
        chat_of: ChatOf,
        *,
        who: str,
        text: str,
        waits: bool = False,
    ) -> bool:
        telegram_id = chat_of(row)
        reason = NO_CHAT if telegram_id is None else NO_TEXT if not text else ""
        if reason or telegram_id is None:
            self._found.left[name, reason] += 1
            return False
        at = read_time(row[of["time"]], self._zone) if of["time"] else None
        self._found.guessed_times += at is None
        self._found.chat(telegram_id).said.append(Said(f"{name}:{key}", who, text, at or self._unknown, waits))
        return True


def once(said: Sequence[Said]) -> list[Said]:
    """What stands in two tables, as requests often do, is said once; it waits where one of them says so."""
    kept: list[Said] = []
    newest: dict[tuple[str, str], int] = {}
    for one in said:
        place = newest.get((one.who, one.text))
        known = None if place is None else kept[place]
        if place is not None and known is not None and _is_twin(known, one):
            kept[place] = replace(known, waits=known.waits or one.waits)
            continue
        newest[one.who, one.text] = len(kept)
        kept.append(one)
    return kept


def _is_twin(one: Said, other: Said) -> bool:
    elsewhere = one.source.partition(":")[0] != other.source.partition(":")[0]
    return elsewhere and other.at - one.at <= _TWINS_WITHIN


def read_time(value: object, zone: tzinfo) -> datetime | None:
    """A moment as hand-written bots store it: ISO text, or seconds or milliseconds since 1970."""
    if isinstance(value, int | float) or (isinstance(value, str) and value.strip().replace(".", "", 1).isdigit()):
        seconds = float(value) / (1000 if float(value) > _MILLISECONDS else 1)
        return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < _LATEST else None
    try:
        moment = datetime.fromisoformat(str(value).strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _telegram_id(value: object) -> int | None:
    try:
        number = int(str(value))
    except ValueError:
        return None
    return number if 0 < abs(number) < 2**52 else None


def _text(row: Row, column: str | None) -> str:
    value = row[column] if column else None
    return clean_text(str(value))[:TEXT_LIMIT] if value is not None else ""


def _key(row: Row, number: int) -> str:
    """Its own id, where it has one; else its place, which stays while nothing is deleted."""
    return str(row["id"]) if "id" in row else f"#{number}"


def rows_left(found: Found) -> Iterator[tuple[str, str, int]]:
    """Table, reason and how many rows."""
    for (table, reason), count in sorted(found.left.items()):
        if count:
            yield table, reason, count


def _named(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> dict[str, Any]:
    return {column[0]: value for column, value in zip(cursor.description, values, strict=True)}
