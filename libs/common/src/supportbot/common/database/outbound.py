"""Replies on their way out: queued by whoever answers, sent by the one active sender of their bot.

    waiting ──begin──▶ sending ──▶ sent
       ▲                 ├──▶ waiting     it is known not to have gone
       │                 ├──▶ failed      it can never go
    cancelled            └──▶ uncertain   nobody can know; repeated once, with a label, after `resolve_at`

Web replies are `sent` from the beginning: the page reads them from here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Integer, Row, Select, Update, and_, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import after, now, statement_start
from supportbot.common.database.leases import SENDER_LEASE_S
from supportbot.common.database.prepared import prepared
from supportbot.common.database.schema.tables import bots, conversations, outbound, unsettled
from supportbot.common.database.statements import insert_if_absent, insertion
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import BotId
from supportbot.common.telemetry.tracing import current_traceparent

REQUEST_TIMEOUT_S = 10.0
START_WITHIN_S = 5.0
"""How long after a row was marked as on its way its request may begin. Whoever follows a sender that vanished waits for
both: after that nothing of it can arrive any more, whatever the database's clock said about the lease."""
Author = Literal["machine", "person", "staff_notice", "act"]
"""`act`: nobody says anything; a message that was sent is changed."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody gets to read, before a channel gives it its form."""

    text: str
    author: Author
    author_name: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    turn_from: int | None = None
    turn_to: int | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A row of `outbound` that may be sent now."""

    reply_key: str
    lane: str
    part: int
    is_repeat: bool
    author: str
    author_name: str
    chat: str
    body: str
    details: Mapping[str, Any]
    attempts: int
    traceparent: str | None
    is_followed: bool = False
    """Whether the same reply has further parts."""
    conversation_id: UUID | None = None


FAREWELL = "farewell:"
"""With which the key of a message begins of which nothing is kept once it is sent."""


async def queue_reply(tx: Transaction, conversation: Row[Any], reply: Reply, *, key: str = "") -> str:
    """Store a reply under the conversation's newest `out_seq`, which the caller has just taken. Returns its key."""
    on_web = conversation.channel == "web"
    reply_key = key or f"{conversation.id}:{conversation.out_seq}:0"
    row = {
        "reply_key": reply_key,
        "conversation_id": conversation.id,
        "lane": str(conversation.id),
        "out_seq": conversation.out_seq,
        "author": reply.author,
        "author_name": reply.author_name,
        "channel": conversation.channel,
        "bot": conversation.bot,
        "chat": conversation.chat,
        "body": reply.text,
        "details": dict(reply.details),
        "turn_from": reply.turn_from,
        "turn_to": reply.turn_to,
        "traceparent": current_traceparent(),
        "status": "sent" if on_web else "waiting",
    }
    moments = ("not_before", "created_at", "sent_at") if on_web else ("not_before", "created_at")
    await tx.execute(insertion(outbound, *moments), row)
    return reply_key


async def queue_staff_notice(
    tx: Transaction, *, key: str, conversation_id: UUID | None, bot: BotId, chat: str, reply: Reply
) -> None:
    """Queue a message to a staff chat; `key` makes it the only one of its kind."""
    lane = f"staff:{bot}:{chat}"
    await queue_in_lane(tx, lane, key=key, conversation_id=conversation_id, bot=bot, chat=chat, reply=reply)


async def queue_farewell(tx: Transaction, *, key: str, bot: BotId, chat: str, reply: Reply) -> None:
    """Queue a message to a chat of which nothing is stored any more; it is forgotten too as soon as it is sent."""
    lane = f"chat:{bot}:{chat}"
    await queue_in_lane(tx, lane, key=FAREWELL + key, conversation_id=None, bot=bot, chat=chat, reply=reply)


async def queue_in_lane(
    tx: Transaction, lane: str, *, key: str, conversation_id: UUID | None, bot: BotId, chat: str, reply: Reply
) -> None:
    """Queue a message of which `key` makes the only one, behind what waits in its lane."""
    newest = select(func.coalesce(func.max(outbound.c.out_seq), 0) + 1).where(outbound.c.lane == lane)
    row = {
        "reply_key": key,
        "conversation_id": conversation_id,
        "lane": lane,
        "out_seq": (await tx.execute(newest)).scalar_one(),
        "author": reply.author,
        "channel": "telegram",
        "bot": bot,
        "chat": chat,
        "body": reply.text,
        "details": dict(reply.details),
        "turn_to": reply.turn_to,
        "traceparent": current_traceparent(),
        "status": "waiting",
        "not_before": now(),
        "created_at": now(),
    }
    await insert_if_absent(tx, outbound, row)


async def cancel_waiting(tx: Transaction, conversation_id: UUID, *, since: int = 0) -> int | None:
    """Cancel the machine's replies of which nothing was sent yet, from the turn that holds message `since` on.

    Returns the first message of the first cancelled turn, or None where there was nothing to cancel. A reply whose
    first part is on its way is left alone: parts after it belong to what is being read already.
    """
    c = outbound.c
    cancelled = (
        update(outbound)
        .where(c.lane == str(conversation_id), c.author == "machine", c.status == "waiting", c.part == 0)
        .where(c.repeat == 0, c.turn_to >= since)
        .values(status="cancelled")
        .returning(c.turn_from, c.out_seq)
    )
    rows = (await tx.execute(cancelled)).all()
    further = and_(c.lane == str(conversation_id), c.status == "waiting", c.out_seq.in_([row.out_seq for row in rows]))
    await tx.execute(update(outbound).where(further).values(status="cancelled"))
    return min((row.turn_from for row in rows), default=None)


async def inherit_unfinished(tx: Transaction, bot: BotId, token: UUID) -> list[str]:
    """Declare uncertain what another sender left on its way. Returns the keys; to be called after waiting it out.

    Only the sender may: one that hung and was followed would declare what its follower has on its way.
    """
    if not await _holds(tx, bot, token):
        return []
    c = outbound.c
    left = (
        update(outbound)
        .where(unsettled, c.bot == bot, c.status == "sending", or_(c.token.is_(None), c.token != token))
        .values(status="uncertain", resolve_at=now(), error="the sender stopped before it knew whether this arrived")
        .returning(c.reply_key)
    )
    return list((await tx.execute(left)).scalars())


async def sendable(connection: AsyncConnection, bot: BotId, limit: int) -> list[Outgoing]:
    """What may be sent now, oldest first: in every lane only what has nothing unsettled before it."""
    rows = await connection.execute(_sendable(), {"of_bot": bot, "most": limit})
    return [_outgoing(found) for found in rows]


@prepared
def _sendable() -> Select[Any]:
    c = outbound.c
    place = func.row_number().over(partition_by=c.lane, order_by=(c.out_seq, c.part, c.repeat))
    blocking = or_(c.status != "uncertain", c.resolve_at.is_not(None))
    of_bot = and_(unsettled, c.bot == bindparam("of_bot"))
    queue = select(c.reply_key, place.label("place")).where(of_bot, blocking).subquery()
    later = outbound.alias("later").c
    of_same = and_(later.lane == c.lane, later.out_seq == c.out_seq)
    followed = exists().where(of_same, later.part > c.part, c.part >= 0)  # what has to go before it is no part of it
    return (
        select(outbound, followed.label("followed"))
        .join(queue, queue.c.reply_key == c.reply_key)
        .where(queue.c.place == 1, c.status == "waiting", c.channel == "telegram", c.not_before <= statement_start())
        .order_by(c.created_at, c.out_seq, c.part, c.repeat)
        .limit(bindparam("most", type_=Integer()))
    )


def _outgoing(row: Row[Any]) -> Outgoing:
    return Outgoing(
        row.reply_key,
        row.lane,
        row.part,
        bool(row.repeat),
        row.author,
        row.author_name,
        row.chat,
        row.body,
        row.details,
        row.attempts,
        row.traceparent,
        bool(row.followed),
        row.conversation_id,
    )


async def begin_sending(tx: Transaction, bot: BotId, token: UUID, keys: Sequence[str]) -> set[str]:
    """Mark rows as on their way, if `token` still is the bot's sender. Returns the keys that may be sent."""
    if not await _holds(tx, bot, token):
        return set()
    return set((await tx.execute(_beginning(), {"keys": keys, "held_token": token})).scalars())


@cache
def _beginning() -> Update:
    c = outbound.c
    return (
        update(outbound)
        .where(c.reply_key.in_(bindparam("keys", expanding=True)), c.status == "waiting")
        .where(c.not_before <= statement_start())  # an album may have got another piece since it was looked at
        .values(status="sending", token=bindparam("held_token"), attempts=c.attempts + 1)
        .returning(c.reply_key)
    )


async def split_reply(tx: Transaction, reply_key: str, pieces: Sequence[str]) -> None:
    """Give a waiting reply that is too long for one message further parts. `pieces` has at least two entries."""
    c = outbound.c
    first = update(outbound).where(c.reply_key == reply_key, c.status == "waiting").values(body=pieces[0]).returning(*c)
    row = (await tx.execute(first)).one_or_none()
    if row is None:
        return
    stem = reply_key.removesuffix(f":{row.part}")
    for part, piece in enumerate(pieces[1:], start=row.part + 1):
        copy = {**row._asdict(), "reply_key": f"{stem}:{part}", "part": part, "body": piece}
        await insert_if_absent(tx, outbound, copy)


async def record_sent(tx: Transaction, reply_key: str, external_id: int) -> None:
    """Note that a reply arrived, whoever sends now: it is true in any case. A repeat that still waits is not needed."""
    await tx.execute(_arriving(), {"of_key": reply_key, "told_id": external_id})
    await tx.execute(_dropping_repeat(), {"of_key": f"{reply_key}:repeat"})
    await _forget_farewell(tx, reply_key)


@prepared
def _arriving() -> Update:
    arrived = {"status": "sent", "sent_at": now(), "token": None, "error": None, "resolve_at": None}
    of_key = outbound.c.reply_key == bindparam("of_key")
    return update(outbound).where(of_key).values(**arrived, external_id=bindparam("told_id"))


@prepared
def _dropping_repeat() -> Update:
    c = outbound.c
    return update(outbound).where(c.reply_key == bindparam("of_key"), c.status == "waiting").values(status="cancelled")


async def _forget_farewell(tx: Transaction, reply_key: str) -> None:
    """Keep nothing of a farewell with which nothing can happen any more, nor of the one that it repeated."""
    if reply_key.startswith(FAREWELL):
        both = outbound.c.reply_key.in_([reply_key, reply_key.removesuffix(":repeat")])
        await tx.execute(delete(outbound).where(both))


async def record_not_sent(tx: Transaction, reply_key: str, token: UUID, *, retry_in_s: float, error: str) -> None:
    """Note that a reply certainly did not go; it waits for another try."""
    values = {"status": "waiting", "token": None, "not_before": after(retry_in_s), "error": error}
    await tx.execute(update(outbound).where(_under(reply_key, token)).values(values))


async def record_uncertain(tx: Transaction, reply_key: str, token: UUID, *, error: str) -> None:
    """Note that nobody can know whether a reply arrived. It is repeated when every late request must have ended."""
    values = {"status": "uncertain", "resolve_at": after(SENDER_LEASE_S + REQUEST_TIMEOUT_S), "error": error}
    await tx.execute(update(outbound).where(_under(reply_key, token)).values(values))


async def record_failed(tx: Transaction, reply_key: str, token: UUID, *, error: str, unreachable: bool) -> None:
    """Note that a reply can never go, nor what is left of it: half an answer helps nobody.

    `unreachable`, where the reason is that its chat cannot be reached any more.
    """
    c = outbound.c
    failed = update(outbound).where(_under(reply_key, token)).values(status="failed", error=error).returning(*c)
    row = (await tx.execute(failed)).one_or_none()
    if row is None:
        return
    await _forget_farewell(tx, reply_key)
    rest = and_(c.lane == row.lane, c.out_seq == row.out_seq, c.part > row.part, c.status == "waiting")
    await tx.execute(update(outbound).where(rest).values(status="cancelled"))
    if unreachable and row.conversation_id is not None:
        gone = and_(conversations.c.id == row.conversation_id, conversations.c.chat == row.chat)
        await tx.execute(update(conversations).where(gone).values(unreachable=True))


async def repeat_uncertain(tx: Transaction, bot: BotId, *, repeat: bool) -> list[str]:
    """Settle what has been uncertain long enough. Returns its keys.

    With `repeat`, each is queued once more at the same place in the order; a repeat that is itself uncertain never is.
    """
    c = outbound.c
    due = (
        update(outbound)
        .where(unsettled, c.bot == bot, c.status == "uncertain", c.resolve_at <= statement_start())
        .values(resolve_at=None)
        .returning(*c)
    )
    settled = (await tx.execute(due)).all()
    for row in settled:
        if repeat and row.repeat == 0:
            again = {"reply_key": f"{row.reply_key}:repeat", "repeat": 1, "status": "waiting", "attempts": 0}
            copy = {**row._asdict(), **again, "token": None, "not_before": now(), "error": None}
            await insert_if_absent(tx, outbound, copy)
    return [row.reply_key for row in settled]


async def _holds(tx: Transaction, bot: BotId, token: UUID) -> bool:
    """Whether `token` is the bot's sender, and stays so until this transaction ends."""
    return (await tx.execute(_holding(), {"of_bot": bot, "held_token": token})).one_or_none() is not None


@prepared
def _holding() -> Select[Any]:
    held = and_(bots.c.bot == bindparam("of_bot"), bots.c.sender == bindparam("held_token"))
    return select(bots.c.bot).where(held).with_for_update(read=True)


def _under(reply_key: str, token: UUID) -> Any:
    return and_(outbound.c.reply_key == reply_key, outbound.c.status == "sending", outbound.c.token == token)
