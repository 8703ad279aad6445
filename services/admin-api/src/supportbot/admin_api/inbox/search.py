"""Search over what people, colleagues and notes say, and over names; the newest first.

PostgreSQL has indexes of stems (`ix_messages_words` and its likes). A single file is looked through, the newest
`FILE_LOOKS_AT` texts of each kind: it holds one small team's conversations, and that takes milliseconds.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Select, and_, func, literal, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.inbox.schemas import Author
from supportbot.common.database.schema.inbox_tables import words_of
from supportbot.common.database.schema.operator_tables import notes
from supportbot.common.database.schema.tables import conversations, messages, outbound
from supportbot.common.knowledge.tokens import normalise, stem

FOUND_MOST: Final = 50
FILE_LOOKS_AT: Final = 50_000
WORDS_MOST: Final = 8
QUERY_CHARACTERS: Final = 200
_HITS: Final = 400
_WORD: Final = re.compile(r"[^\W_]+")
_SNIPPET: Final = 160
_BEFORE: Final = 30
_LAST: Final = "\U0010ffff"
_m, _o, _n, _c = messages.c, outbound.c, notes.c, conversations.c
_by_person: ColumnElement[bool] = literal_column("author = 'person'")
_has_name: ColumnElement[bool] = literal_column("user_name <> ''")


@dataclass(frozen=True, slots=True)
class Hit:
    """A conversation in which it was found, with the newest text that has it; where a name has it, without one."""

    conversation_id: UUID
    text: str
    by: Author
    at: datetime


def search_words(query: str) -> list[str]:
    """What is looked for: all of these have to be in one text, and the end of each may be missing."""
    return _WORD.findall(normalise(query[:QUERY_CHARACTERS]))[:WORDS_MOST]


async def search(connection: AsyncConnection, query: str) -> list[Hit]:
    """The newest hit of each conversation, newest first."""
    words = search_words(query)
    if not words:
        return []
    statements = _in_postgres(words) if connection.dialect.name == "postgresql" else _in_file(words)
    newest: dict[UUID, Hit] = {}
    for by, statement in (
        *statements,
        ("visitor", _named(" ".join(normalise(query).split()), connection.dialect.name)),
    ):
        for row in await connection.execute(statement.limit(_HITS)):
            hit = Hit(row.conversation_id, row.text, by, row.at)
            known = newest.get(hit.conversation_id)
            if known is None or known.at < hit.at:
                newest[hit.conversation_id] = hit
    return sorted(newest.values(), key=lambda hit: hit.at, reverse=True)[:FOUND_MOST]


def glob_of(word: str) -> str:
    """SQLite's pattern for a word's stem in either case, which LIKE ignores for Latin letters alone."""
    return "*" + "".join(_either_case(letter) for letter in stem(word)) + "*"


def _either_case(letter: str) -> str:
    if letter == "е":
        return "[еёЕЁ]"
    return f"[{letter}{letter.upper()}]" if len(letter.upper()) == 1 else letter


def _in_postgres(words: Sequence[str]) -> Iterator[tuple[Author, Select[Any]]]:
    asked = func.to_tsquery(literal_column("'russian'::regconfig"), " & ".join(f"'{word}':*" for word in words))

    def has(table: str, column: str) -> ColumnElement[bool]:
        return literal_column(words_of(f"{table}.{column}")).op("@@")(asked)

    asked_by = select(_m.conversation_id, _m.text, _m.received_at.label("at"))
    yield "visitor", asked_by.where(has("messages", "text"), _m.superseded_by.is_(None)).order_by(_m.received_at.desc())
    replied = select(_o.conversation_id, _o.body.label("text"), _o.created_at.label("at"))
    yield "person", replied.where(_by_person, has("outbound", "body")).order_by(_o.created_at.desc())
    noted = select(_n.conversation_id, _n.text, _n.created_at.label("at"))
    yield "note", noted.where(has("notes", "text")).order_by(_n.created_at.desc())


def _in_file(words: Sequence[str]) -> Iterator[tuple[Author, Select[Any]]]:
    patterns = [glob_of(word) for word in words]

    def newest(
        by: Author, body: Column[Any], at: Column[Any], *such: ColumnElement[bool]
    ) -> tuple[Author, Select[Any]]:
        table = body.table
        looked_at = select(table.c.conversation_id, body.label("text"), at.label("at")).where(*such)
        rows = looked_at.order_by(literal_column(f"{table.name}.rowid").desc()).limit(FILE_LOOKS_AT).subquery()
        found = and_(*(rows.c.text.op("GLOB")(pattern) for pattern in patterns))
        return by, select(rows).where(found)

    yield newest("visitor", _m.text, _m.received_at, _m.superseded_by.is_(None))
    yield newest("person", _o.body, _o.created_at, _by_person)
    yield newest("note", _n.text, _n.created_at)


def _named(name: str, dialect: str) -> Select[Any]:
    """Conversations whose person's name begins so. The range is what the index of names can serve with parameters."""
    if dialect == "sqlite":
        pattern = "".join(_either_case(letter) for letter in name if letter not in "*?[]") + "*"
        begins: ColumnElement[bool] = _c.user_name.op("GLOB")(pattern)
    else:
        known = func.lower(_c.user_name)
        begins = and_(known.op("~>=~")(name), known.op("~<~")(name + _LAST))
    statement = select(_c.id.label("conversation_id"), literal("").label("text"), _c.active_at.label("at"))
    return statement.where(_has_name, begins).order_by(_c.active_at.desc())


def snippet(text: str, query: str) -> str:
    """The words around the first that was looked for."""
    line = " ".join(text.split())
    found = _places(line, query)
    first = found[0][0] if found else 0
    start = line.rfind(" ", 0, first - _BEFORE) + 1 if first > _BEFORE else 0
    return ("… " if start else "") + line[start : start + _SNIPPET]


def marked(line: str, query: str) -> Iterator[tuple[str, bool]]:
    """A line in pieces, each with whether it was looked for."""
    end = 0
    for start, stop in _places(line, query) if query else ():
        yield line[end:start], False
        yield line[start:stop], True
        end = stop
    yield line[end:], False


def _places(line: str, query: str) -> list[tuple[int, int]]:
    """Where the words of a line are that begin with what was looked for."""
    wanted = tuple(stem(word) for word in search_words(query))
    words = _WORD.finditer(line)
    return [word.span() for word in words if word.group().casefold().replace("ё", "е").startswith(wanted)]
