"""Conversations of web visitors, read from the database's tables."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.tables import answers, conversations, escalations, feedback, messages, outbound
from supportbot.common.database.transactions import Database
from supportbot.common.ids import ConversationId
from supportbot.common.web.quotes import mark_quotes, quotes_found
from supportbot.gateway.adapters.web_entries import asked, in_order, replied, sources_of
from supportbot.gateway.domain.timeline import Cursor, Entry, OpenedSource, Source, Standing
from supportbot.gateway.web_ports import WebConversations

_BATCH = 200
_mine = and_(outbound.c.channel == "web", outbound.c.status == "sent", outbound.c.author.in_(("machine", "person")))


class SqlWebConversations(WebConversations):
    """Reads through the database's port, on SQLite and on PostgreSQL alike."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def standing(self, chat: str) -> Standing:
        row = await self._one(_standing(chat))
        if row is None:
            return Standing()
        operator = await self._one(_operator(row.id)) if row.mode == "person" else None
        name = "" if operator is None else operator.author_name
        return Standing(row.id, row.last_seq, row.done_seq, row.out_seq, row.mode, bool(row.person_expected), name)

    async def newest(self, conversation_id: ConversationId, limit: int) -> list[Entry]:
        asked_rows = _messages(conversation_id).order_by(messages.c.seq.desc()).limit(limit)
        replied_rows = _replies(conversation_id).order_by(outbound.c.out_seq.desc()).limit(limit)
        return (await self._entries(asked_rows, replied_rows))[-limit:]

    async def after(self, conversation_id: ConversationId, cursor: Cursor) -> list[Entry]:
        asked_rows = _messages(conversation_id).where(messages.c.seq > cursor.seq).order_by(messages.c.seq)
        replied_rows = _replies(conversation_id).where(outbound.c.out_seq > cursor.out_seq)
        replied_rows = replied_rows.order_by(outbound.c.out_seq)
        return await self._entries(asked_rows.limit(_BATCH), replied_rows.limit(_BATCH))

    async def seq_of(self, chat: str, text: str) -> int | None:
        mine = select(conversations.c.id).where(_is_web(chat)).scalar_subquery()
        same = and_(messages.c.conversation_id == mine, messages.c.text == text)
        row = await self._one(select(messages.c.seq).where(same).order_by(messages.c.seq.desc()).limit(1))
        return None if row is None else int(row.seq)

    async def opened_source(self, chat: str, reply_key: str, number: int) -> OpenedSource | None:
        answered = and_(
            answers.c.conversation_id == outbound.c.conversation_id, answers.c.turn_to == outbound.c.turn_to
        )
        statement = (
            select(outbound.c.details, answers.c.passages)
            .join_from(outbound, answers, answered, isouter=True)
            .where(outbound.c.reply_key == reply_key, outbound.c.chat == chat, _mine)
            .order_by(answers.c.created_at.desc())
            .limit(1)
        )
        row = await self._one(statement)
        sources = () if row is None else sources_of(row.details)
        if row is None or not 1 <= number <= len(sources):
            return None
        return _opened(sources[number - 1], row.passages or [])

    async def owner_of(self, chat: str, reply_key: str) -> ConversationId | None:
        rateable = and_(outbound.c.reply_key == reply_key, outbound.c.chat == chat, outbound.c.author == "machine")
        row = await self._one(select(outbound.c.conversation_id).where(rateable, _mine))
        return None if row is None else ConversationId(row.conversation_id)

    async def _one(self, statement: Select[Any]) -> Row[Any] | None:
        async def work(connection: AsyncConnection) -> Row[Any] | None:
            row: Row[Any] | None = (await connection.execute(statement)).first()
            return row

        return await self._database.read(work)

    async def _entries(self, asked_rows: Select[Any], replied_rows: Select[Any]) -> list[Entry]:
        async def work(connection: AsyncConnection) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]]]:
            return (await connection.execute(asked_rows)).all(), (await connection.execute(replied_rows)).all()

        asked_found, replied_found = await self._database.read(work)
        return in_order([asked(row) for row in asked_found], [replied(row) for row in replied_found])


def _is_web(chat: str) -> Any:
    return and_(conversations.c.channel == "web", conversations.c.bot == "", conversations.c.chat == chat)


def _standing(chat: str) -> Select[Any]:
    c = conversations.c
    waiting = exists().where(escalations.c.conversation_id == c.id, escalations.c.state == "open")
    return select(c.id, c.last_seq, c.done_seq, c.out_seq, c.mode, waiting.label("person_expected")).where(
        _is_web(chat)
    )


def _operator(conversation_id: UUID) -> Select[Any]:
    o = outbound.c
    by_person = select(o.author_name).where(o.lane == str(conversation_id), o.author == "person")
    return by_person.order_by(o.out_seq.desc()).limit(1)


def _messages(conversation_id: ConversationId) -> Select[Any]:
    c = messages.c
    statement = select(c.seq, c.kind, c.text, c.received_at)
    return statement.where(c.conversation_id == conversation_id, c.superseded_by.is_(None))


def _replies(conversation_id: ConversationId) -> Select[Any]:
    c = outbound.c
    columns = (c.reply_key, c.out_seq, c.author, c.author_name, c.body, c.details, c.created_at)
    rated = feedback.c.reply_key == c.reply_key
    statement = select(*columns, feedback.c.vote).join_from(outbound, feedback, rated, isouter=True)
    return statement.where(c.lane == str(conversation_id), _mine)


def _opened(source: Source, passages: list[dict[str, Any]]) -> OpenedSource:
    """The source with the passage that holds most of its quotes, where the answer kept it."""
    texts = [str(passage.get("text", "")) for passage in passages if passage.get("document") == source.document]
    best = max(texts, key=lambda text: quotes_found(text, source.quotes), default="")
    return OpenedSource(source, mark_quotes(best, source.quotes))
