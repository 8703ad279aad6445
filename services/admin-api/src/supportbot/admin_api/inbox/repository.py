"""Reads conversations for operators, on SQLite and PostgreSQL alike."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.inbox.rows import listed, noted, said_by_us, said_by_visitor
from supportbot.admin_api.inbox.schemas import Inbox, Listed, Opened, View
from supportbot.common.database.answers import right_of_such
from supportbot.common.database.schema.operator_tables import assignments, notes, operators
from supportbot.common.database.schema.tables import answers, conversations, escalations, feedback, messages, outbound
from supportbot.common.database.transactions import Database
from supportbot.common.ids import ConversationId

LISTED_MOST = 200
_a = assignments.c
_shown = and_(outbound.c.status != "cancelled", outbound.c.author.in_(("machine", "person")))


class InboxRepository:
    """What operators look at."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def inbox(self, view: View, operator_id: UUID | None = None) -> Inbox:
        """The conversations of a view, as this operator has it: the longest waiting first, then the latest."""

        async def work(connection: AsyncConnection) -> Inbox:
            rows = (await connection.execute(_list(view, operator_id))).all()
            waiting = (await connection.execute(_waiting_count())).scalar_one()
            return Inbox(view, tuple(await _with_previews(connection, rows)), waiting)

        return await self._database.read(work)

    async def opened(self, conversation_id: ConversationId, limit: int) -> Opened | None:
        """A conversation with its newest entries, or None where there is no such conversation."""

        async def work(connection: AsyncConnection) -> Opened | None:
            row = (
                await connection.execute(_conversations().where(conversations.c.id == conversation_id))
            ).one_or_none()
            if row is None:
                return None
            [shown] = await _with_previews(connection, [row])
            asked = (await connection.execute(_asked(conversation_id, limit + 1))).all()
            replied = (await connection.execute(_replied(conversation_id, limit + 1))).all()
            analyses = await _analyses(connection, conversation_id, [reply.turn_to for reply in replied])
            entries = [said_by_visitor(message) for message in asked]
            entries += [said_by_us(parts, analyses.get(parts[0].turn_to)) for parts in _by_reply(replied)]
            entries += [noted(note) for note in await _all(connection, _noted(conversation_id, limit + 1))]
            entries.sort(key=lambda entry: (entry.at, entry.author != "visitor", entry.seq))
            return Opened(shown, row.language, row.created_at, tuple(entries[-limit:]), len(entries) > limit)

        return await self._database.read(work)

    async def version(self, conversation_id: ConversationId) -> str | None:
        """What changes when the conversation does; None where there is no such conversation."""

        async def work(connection: AsyncConnection) -> str | None:
            c = conversations.c
            count = select(func.count()).where(notes.c.conversation_id == c.id).scalar_subquery()
            state = select(c.last_seq, c.out_seq, c.done_seq, c.mode, _a.operator_id, count)
            state = state.outerjoin_from(conversations, assignments, _a.conversation_id == c.id)
            state = state.where(c.id == conversation_id)
            row = (await connection.execute(state)).one_or_none()
            return None if row is None else ".".join(map(str, row))

        return await self._database.read(work)


def _conversations() -> Select[Any]:
    c = conversations.c
    since, reason, question = _open_escalation()
    unanswered = (
        select(func.min(messages.c.received_at))
        .where(messages.c.conversation_id == c.id, messages.c.seq > c.done_seq, c.mode == "person")
        .scalar_subquery()
    )
    waiting = func.coalesce(since, unanswered).label("waiting_since")
    taken = (_a.operator_id.label("taken_by_id"), _a.taken_at, operators.c.name.label("taken_by"))
    statement = select(*c, waiting, reason.label("reason"), question.label("question"), *taken)
    statement = statement.outerjoin_from(conversations, assignments, _a.conversation_id == c.id)
    return statement.outerjoin(operators, operators.c.id == _a.operator_id)


def _open_escalation() -> tuple[Any, Any, Any]:
    """The moment of the oldest open escalation of a conversation, and the reason and question of the newest."""
    e = escalations.c
    is_open = and_(e.conversation_id == conversations.c.id, e.state == "open")
    since = select(e.created_at).where(is_open).order_by(e.created_at).limit(1).scalar_subquery()

    def newest(column: Any) -> Any:
        return select(column).where(is_open).order_by(e.created_at.desc()).limit(1).scalar_subquery()

    return since, newest(e.reason), newest(e.question)


def _needs_person() -> Any:
    c = conversations.c
    has_open = c.id.in_(select(escalations.c.conversation_id).where(escalations.c.state == "open"))
    return or_(has_open, and_(c.mode == "person", c.last_seq > c.done_seq))


def _list(view: View, operator_id: UUID | None) -> Select[Any]:
    wanted: Mapping[View, Any] = {
        "waiting": _needs_person(),
        "mine": _a.operator_id == operator_id,
        "unassigned": and_(_needs_person(), _a.operator_id.is_(None)),
        "closed": conversations.c.mode == "closed",
        "all": true(),
    }
    statement = _conversations().where(wanted[view])
    if view in {"all", "closed"}:
        return statement.order_by(conversations.c.active_at.desc()).limit(LISTED_MOST)
    waiting_since = statement.selected_columns["waiting_since"]
    if view == "mine":  # some wait for nobody: they come last, on both databases
        statement = statement.order_by(waiting_since.is_(None))
    return statement.order_by(waiting_since, conversations.c.id).limit(LISTED_MOST)


def _waiting_count() -> Select[Any]:
    return select(func.count()).select_from(conversations).where(_needs_person())


def _noted(conversation_id: ConversationId, limit: int) -> Select[Any]:
    mine = select(notes).where(notes.c.conversation_id == conversation_id)
    return mine.order_by(notes.c.created_at.desc()).limit(limit)


def _asked(conversation_id: ConversationId, limit: int) -> Select[Any]:
    c = messages.c
    statement = select(c.id, c.seq, c.kind, c.text, c.received_at)
    mine = statement.where(c.conversation_id == conversation_id, c.superseded_by.is_(None))
    return mine.order_by(c.seq.desc()).limit(limit)


def _replied(conversation_id: ConversationId, limit: int) -> Select[Any]:
    c = outbound.c
    rated = feedback.c.reply_key == c.reply_key
    whose = (c.out_seq, c.part, c.author, c.author_name, c.turn_to)
    statement = select(*whose, c.body, c.details, c.status, c.created_at, feedback.c.vote, feedback.c.reason)
    joined = statement.join_from(outbound, feedback, rated, isouter=True)
    mine = joined.where(c.lane == str(conversation_id), c.repeat == 0, _shown)
    return mine.order_by(c.out_seq.desc(), c.part.desc()).limit(limit)


def _by_reply(rows: Sequence[Row[Any]]) -> list[list[Row[Any]]]:
    """The parts of each reply, in order: a long one was split for its channel."""
    replies: dict[int, list[Row[Any]]] = {}
    for row in reversed(rows):
        replies.setdefault(row.out_seq, []).append(row)
    return list(replies.values())


async def _analyses(
    connection: AsyncConnection, conversation_id: ConversationId, turns: Sequence[int | None]
) -> dict[int, Row[Any]]:
    c = answers.c
    wanted = [turn for turn in turns if turn is not None]
    statement = select(c.turn_to, c.decision, c.reason, c.confidence, right_of_such(), c.citations, c.passages)
    mine = statement.where(c.conversation_id == conversation_id, c.turn_to.in_(wanted)).order_by(c.created_at)
    rows = await _all(connection, mine)
    return {row.turn_to: row for row in rows}


async def _with_previews(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[Listed]:
    """Rows with the last line of each conversation, found by keys: no index leads to a conversation's replies."""
    m, o = messages.c, outbound.c
    last = and_(m.conversation_id == conversations.c.id, m.seq == conversations.c.last_seq)
    asked = select(m.conversation_id, m.kind, m.text, m.received_at).join_from(messages, conversations, last)
    asked = asked.where(conversations.c.id.in_([row.id for row in rows]))
    keys = [f"{row.id}:{row.out_seq}:0" for row in rows]
    replied = select(o.conversation_id, o.author, o.body, o.created_at).where(o.reply_key.in_(keys))
    newest_asked = await _by_conversation(connection, asked)
    newest_replied = await _by_conversation(connection, replied)
    return [listed(row, newest_asked.get(row.id), newest_replied.get(row.id)) for row in rows]


async def _by_conversation(connection: AsyncConnection, statement: Select[Any]) -> dict[UUID, Row[Any]]:
    return {row.conversation_id: row for row in await _all(connection, statement)}


async def _all(connection: AsyncConnection, statement: Select[Any]) -> Sequence[Row[Any]]:
    rows: list[Row[Any]] = list(await connection.execute(statement))
    return rows
