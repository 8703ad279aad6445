"""Conversations of web visitors, read from the database's tables."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.transactions import Database
from supportbot.common.ids import ConversationId
from supportbot.common.web.quotes import mark_quotes, quotes_found
from supportbot.gateway.adapters import web_statements as statements
from supportbot.gateway.adapters.web_entries import asked, in_order, replied, sources_of
from supportbot.gateway.domain.timeline import Cursor, Entry, OpenedSource, Source, Standing
from supportbot.gateway.web_ports import WebConversations

_BATCH = 200


class SqlWebConversations(WebConversations):
    """Reads through the database's port, on SQLite and on PostgreSQL alike."""

    def __init__(self, database: Database, *, people_answer: bool = True) -> None:
        self._database = database
        self._people_answer = people_answer

    async def standing(self, chat: str) -> Standing:
        return await self._database.read(lambda connection: self._standing(connection, chat))

    async def standings(self, chats: Sequence[str]) -> Mapping[str, Standing]:
        async def work(connection: AsyncConnection) -> Mapping[str, Standing]:
            rows = await connection.execute(statements.standings(), {"chats": list(chats)})
            return {row.chat: self._as_standing(row) for row in rows}

        return await self._database.read(work)

    async def newest(self, conversation_id: ConversationId, limit: int) -> list[Entry]:
        async def work(connection: AsyncConnection) -> list[Entry]:
            return await _entries(connection, conversation_id, statements.newest_of, {"most": limit})

        return (await self._database.read(work))[-limit:]

    async def news(self, chat: str, cursor: Cursor) -> tuple[Standing, list[Entry]]:
        async def work(connection: AsyncConnection) -> tuple[Standing, list[Entry]]:
            standing = await self._standing(connection, chat)
            if standing.conversation_id is None or not cursor.is_behind(standing):
                return standing, []
            since = {"seen_seq": cursor.seq, "seen_out_seq": cursor.out_seq, "most": _BATCH}
            return standing, await _entries(connection, standing.conversation_id, statements.news_of, since)

        return await self._database.read(work)

    async def seq_of(self, chat: str, text: str) -> int | None:
        row = await self._one(statements.newest_with_text(), of_chat=chat, of_text=text)
        return None if row is None else int(row.seq)

    async def opened_source(self, chat: str, reply_key: str, number: int) -> OpenedSource | None:
        row = await self._one(statements.sources(), of_chat=chat, of_reply=reply_key)
        sources = () if row is None else sources_of(row.details)
        if row is None or not 1 <= number <= len(sources):
            return None
        return _opened(sources[number - 1], row.passages or [])

    async def sent_file(self, chat: str, reply_key: str) -> tuple[ConversationId, UUID] | None:
        row = await self._one(statements.sent_file(), of_chat=chat, of_reply=reply_key)
        return None if row is None else (ConversationId(row.conversation_id), row.id)

    async def owner_of(self, chat: str, reply_key: str) -> ConversationId | None:
        row = await self._one(statements.rateable(), of_chat=chat, of_reply=reply_key)
        return None if row is None else ConversationId(row.conversation_id)

    async def _standing(self, connection: AsyncConnection, chat: str) -> Standing:
        row = (await connection.execute(statements.standing(), {"of_chat": chat})).first()
        if row is None:
            return Standing()
        if row.mode != "person":
            return self._as_standing(row)
        operator = (await connection.execute(statements.operator(), {"in_lane": str(row.id)})).first()
        return self._as_standing(row, "" if operator is None else operator.author_name)

    def _as_standing(self, row: Row[Any], operator: str = "") -> Standing:
        expected = bool(row.person_expected) and self._people_answer
        return Standing(row.id, row.last_seq, row.done_seq, row.out_seq, row.mode, expected, operator)

    async def _one(self, statement: Select[Any], **parameters: Any) -> Row[Any] | None:
        async def work(connection: AsyncConnection) -> Row[Any] | None:
            row: Row[Any] | None = (await connection.execute(statement, parameters)).first()
            return row

        return await self._database.read(work)


async def _entries(
    connection: AsyncConnection,
    conversation_id: ConversationId,
    of: statements.MessagesAndReplies,
    parameters: Mapping[str, Any],
) -> list[Entry]:
    messages, replies = of()
    place = {"of_conversation": conversation_id, "in_lane": str(conversation_id), **parameters}
    asked_rows = (await connection.execute(messages, place)).all()
    replied_rows = (await connection.execute(replies, place)).all()
    return in_order([asked(row) for row in asked_rows], [replied(row) for row in replied_rows])


def _opened(source: Source, passages: list[dict[str, Any]]) -> OpenedSource:
    """The source with the passage that holds most of its quotes, where the answer kept it."""
    texts = [str(passage.get("text", "")) for passage in passages if passage.get("document") == source.document]
    best = max(texts, key=lambda text: quotes_found(text, source.quotes), default="")
    return OpenedSource(source, mark_quotes(best, source.quotes))
