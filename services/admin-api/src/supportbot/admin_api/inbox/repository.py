"""Reads conversations for operators, on SQLite and PostgreSQL alike."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.inbox.assignments import colleagues
from supportbot.admin_api.inbox.drafts import draft_of, writers
from supportbot.admin_api.inbox.listing import (
    LISTED_MOST,
    chosen,
    each_conversation,
    newest_first,
    snooze_ended,
    waiting_count,
)
from supportbot.admin_api.inbox.rows import listed, noted, said_by_us, said_by_visitor, suggested
from supportbot.admin_api.inbox.schemas import Asked, Inbox, Listed, Opened, Suggestion
from supportbot.admin_api.inbox.search import search, snippet
from supportbot.common.database.answers import right_of_such
from supportbot.common.database.schema.attachment_tables import attachments
from supportbot.common.database.schema.inbox_tables import conversation_labels, labels, triage
from supportbot.common.database.schema.operator_tables import assignments, notes
from supportbot.common.database.schema.tables import answers, conversations, escalations, feedback, messages, outbound
from supportbot.common.database.transactions import Database
from supportbot.common.ids import ConversationId

LABELS_SHOWN = 200
CHOSEN_MOST = 5000
BY_TIME = frozenset({"all", "closed"})
_a = assignments.c
_t = triage.c
_shown = and_(outbound.c.status != "cancelled", outbound.c.author.in_(("machine", "person")))


class InboxRepository:
    """What operators look at."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def listed(self, asked: Asked, operator_id: UUID | None = None) -> Inbox:
        """A view as this operator has it, urgent ones and the longest waiting first; or what a search found."""

        async def work(connection: AsyncConnection) -> Inbox:
            rows = await (_found(connection, asked) if asked.query else _viewed(connection, asked, operator_id))
            return Inbox(asked, tuple(rows), (await connection.execute(waiting_count())).scalar_one())

        return await self._database.read(work)

    async def opened(
        self, conversation_id: ConversationId, limit: int, operator_id: UUID | None = None
    ) -> Opened | None:
        """A conversation with its newest entries, as this operator has it; None where there is no such conversation."""

        async def work(connection: AsyncConnection) -> Opened | None:
            row = (
                await connection.execute(each_conversation().where(conversations.c.id == conversation_id))
            ).one_or_none()
            version = await version_of(connection, conversation_id)  # first: it may be too old, never too new
            if row is None or version is None:
                return None
            [shown] = await _with_previews(connection, [row])
            asked = (await connection.execute(_asked(conversation_id, limit + 1))).all()
            replied = (await connection.execute(_replied(conversation_id, limit + 1))).all()
            analyses = await _analyses(connection, conversation_id, [reply.turn_to for reply in replied])
            came = await _files(connection, conversation_id, [message.seq for message in asked])
            went = await _files_sent(connection, conversation_id, [reply.out_seq for reply in replied])
            entries = [said_by_visitor(message, came.get(message.seq, ())) for message in asked]
            entries += [said_by_us(parts, analyses.get(parts[0].turn_to), went) for parts in _by_reply(replied)]
            entries += [noted(note) for note in await _all(connection, _noted(conversation_id, limit + 1))]
            entries.sort(key=lambda entry: (entry.at, entry.author != "visitor", entry.seq))
            known = (
                await connection.execute(select(labels.c.name).order_by(labels.c.name).limit(LABELS_SHOWN))
            ).scalars()
            return Opened(
                listed=shown,
                language=row.language,
                created_at=row.created_at,
                said=tuple(entries[-limit:]),
                has_earlier=len(entries) > limit,
                labels=tuple(known),
                colleagues=await colleagues(connection, row.taken_by_id),
                suggestion=await _suggestion(connection, conversation_id),
                kept=await draft_of(connection, conversation_id, operator_id),
                version=version,
            )

        return await self._database.read(work)

    async def user_name(self, conversation_id: ConversationId) -> str | None:
        """What the person is called, which may be nothing; None where there is no such conversation."""
        named = select(conversations.c.user_name).where(conversations.c.id == conversation_id)
        return await self._database.read(lambda connection: _one(connection, named))

    async def writers(self, conversation_id: ConversationId, operator_id: UUID | None) -> Sequence[str]:
        """Names of the others who are writing here at this moment."""
        return await self._database.read(lambda connection: writers(connection, conversation_id, operator_id))

    async def version(self, conversation_id: ConversationId) -> str | None:
        """What changes when the conversation does; None where there is no such conversation."""
        return await self._database.read(lambda connection: version_of(connection, conversation_id))

    async def page(self, asked: Asked, after: UUID | None, limit: int) -> list[Listed]:
        """Those of a view that began before the one named, the newest first; or what a search found."""

        async def work(connection: AsyncConnection) -> list[Listed]:
            if asked.query:
                return await _found(connection, asked)
            c = conversations.c
            if asked.view in BY_TIME:
                statement = newest_first(asked).order_by(None)
            else:
                ids = (await connection.execute(chosen(asked, None).limit(CHOSEN_MOST))).scalars().all()
                statement = each_conversation().where(c.id.in_(ids))
            if after is not None:
                statement = statement.where(c.id < after)
            return await _with_previews(
                connection, await _all(connection, statement.order_by(c.id.desc()).limit(limit))
            )

        return await self._database.read(work)


async def version_of(connection: AsyncConnection, conversation_id: ConversationId) -> str | None:
    """A short word that is another one after every change."""
    c = conversations.c
    count = select(func.count()).where(notes.c.conversation_id == c.id).scalar_subquery()
    snooze = and_(_t.snoozed_until.is_not(None), snooze_ended)
    state = select(c.last_seq, c.out_seq, c.done_seq, c.mode, _a.operator_id, count, _t.priority)
    state = state.add_columns(_t.snoozed_until, snooze)
    state = state.outerjoin_from(conversations, assignments, _a.conversation_id == c.id)
    state = state.outerjoin(triage, _t.conversation_id == c.id).where(c.id == conversation_id)
    row = (await connection.execute(state)).one_or_none()
    mine = conversation_labels.c.conversation_id == conversation_id
    has = (await connection.execute(select(conversation_labels.c.label).where(mine))).scalars()
    told = "\n".join(map(str, (*(row or ()), *sorted(has))))
    return None if row is None else sha256(told.encode()).hexdigest()[:16]


async def _viewed(connection: AsyncConnection, asked: Asked, operator_id: UUID | None) -> list[Listed]:
    if asked.view in BY_TIME:
        return await _with_previews(connection, await _all(connection, newest_first(asked)))
    ids = (await connection.execute(chosen(asked, operator_id).limit(LISTED_MOST))).scalars().all()
    places = {one: place for place, one in enumerate(ids)}
    rows = await _all(connection, each_conversation().where(conversations.c.id.in_(ids)))
    shown = sorted(await _with_previews(connection, rows), key=lambda one: places[one.id])
    return sorted(shown, key=_urgency) if asked.view == "mine" else shown


def _urgency(one: Listed) -> tuple[int, bool, float]:
    """Urgent ones first, then who waits longest; where nobody waits, last."""
    since = one.waiting_since
    return -one.priority, since is None, since.timestamp() if since is not None else 0.0


async def _found(connection: AsyncConnection, asked: Asked) -> list[Listed]:
    """Each with the words around what was found."""
    hits = await search(connection, asked.query)
    among = conversations.c.id.in_([hit.conversation_id for hit in hits])
    rows = (await connection.execute(each_conversation().where(among))).all()
    shown: dict[UUID, Listed] = {one.id: one for one in await _with_previews(connection, rows)}
    found = [(shown[hit.conversation_id], hit) for hit in hits if hit.conversation_id in shown]
    return [
        replace(one, preview=snippet(hit.text, asked.query), preview_by=hit.by) if hit.text else one
        for one, hit in found
    ]


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


async def _files(
    connection: AsyncConnection, conversation_id: ConversationId, seqs: Sequence[int]
) -> Mapping[int, list[Row[Any]]]:
    """What came with these messages."""
    c = attachments.c
    found: dict[int, list[Row[Any]]] = {}
    here = and_(c.conversation_id == conversation_id, c.seq >= min(seqs, default=0))
    for row in await connection.execute(select(attachments).where(here).order_by(c.id)):
        found.setdefault(row.seq, []).append(row)
    return found


async def _files_sent(
    connection: AsyncConnection, conversation_id: ConversationId, out_seqs: Sequence[int]
) -> Mapping[int, Row[Any]]:
    """Which of these replies are files."""
    c = attachments.c
    mine = and_(c.conversation_id == conversation_id, c.out_seq.in_(out_seqs))
    return {row.out_seq: row for row in await connection.execute(select(attachments).where(mine))}


async def _analyses(
    connection: AsyncConnection, conversation_id: ConversationId, turns: Sequence[int | None]
) -> dict[int, Row[Any]]:
    c = answers.c
    wanted = [turn for turn in turns if turn is not None]
    statement = select(c.turn_to, c.decision, c.reason, c.confidence, right_of_such(), c.citations, c.passages, c.trace)
    mine = statement.where(c.conversation_id == conversation_id, c.turn_to.in_(wanted)).order_by(c.created_at)
    rows = await _all(connection, mine)
    return {row.turn_to: row for row in rows}


async def _suggestion(connection: AsyncConnection, conversation_id: ConversationId) -> Suggestion | None:
    """Of the newest question that waits."""
    a, e = answers.c, escalations.c
    statement = select(a.decision, a.reason, a.confidence, right_of_such(), a.citations, a.passages, a.trace, a.text)
    mine = statement.join_from(escalations, answers, a.id == e.answer_id)
    waiting = mine.where(e.conversation_id == conversation_id, e.state == "open").order_by(e.created_at.desc()).limit(1)
    row = (await connection.execute(waiting)).one_or_none()
    return None if row is None or not row.text.strip() else suggested(row)


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
    has = await _labels(connection, [row.id for row in rows])
    return [listed(row, newest_asked.get(row.id), newest_replied.get(row.id), has.get(row.id, ())) for row in rows]


async def _labels(connection: AsyncConnection, ids: Sequence[UUID]) -> Mapping[UUID, list[str]]:
    c = conversation_labels.c
    found: dict[UUID, list[str]] = {}
    for row in await connection.execute(select(c.conversation_id, c.label).where(c.conversation_id.in_(ids))):
        found.setdefault(row.conversation_id, []).append(row.label)
    return found


async def _by_conversation(connection: AsyncConnection, statement: Select[Any]) -> dict[UUID, Row[Any]]:
    return {row.conversation_id: row for row in await _all(connection, statement)}


async def _one(connection: AsyncConnection, statement: Select[Any]) -> Any:
    return (await connection.execute(statement)).scalar_one_or_none()


async def _all(connection: AsyncConnection, statement: Select[Any]) -> Sequence[Row[Any]]:
    rows: list[Row[Any]] = list(await connection.execute(statement))
    return rows
