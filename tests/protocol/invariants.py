"""What must hold once everything has settled: I1 to I4 of the protocol. Each check returns what is wrong."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, select

from supportbot.common.database.schema.tables import conversations, messages, outbound, outbox
from supportbot.common.database.transactions import Database
from tests.protocol.ledger import Note, notes
from tests.protocol.sender import LABEL
from tests.protocol.wire import Request, Wire

Rows = list[Row[Any]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that is stored at the end."""

    conversations: Rows
    messages: Rows
    outbound: Rows
    outbox: Rows
    notes: list[Note]


async def take_snapshot(database: Database) -> Snapshot:
    async def rows(table: Table) -> Rows:
        return await database.read(lambda connection: _all(connection, table))

    return Snapshot(
        await rows(conversations),
        await rows(messages),
        await rows(outbound),
        await rows(outbox),
        await database.read(notes),
    )


async def _all(connection: Any, table: Table) -> Rows:
    return list(await connection.execute(select(table)))


def everything_wrong(snapshot: Snapshot, wire: Wire, accepted: Iterable[str]) -> list[str]:
    """All violations, as sentences."""
    return [
        *lost_updates(snapshot, accepted),
        *unanswered_messages(snapshot),
        *answered_twice(snapshot),
        *said_twice(wire.possible),
        *out_of_order(snapshot, wire.delivered),
        *torn_replies(snapshot, wire.delivered),
        *not_settled(snapshot),
    ]


def lost_updates(snapshot: Snapshot, accepted: Iterable[str]) -> Iterator[str]:
    """I1: what got a 2xx is stored, and once."""
    stored = Counter(note.update_id for note in snapshot.notes if note.kind == "received")
    yield from (f"update {update_id} was accepted but not stored" for update_id in accepted if not stored[update_id])
    yield from (f"update {update_id} was stored {times} times" for update_id, times in stored.items() if times > 1)


def unanswered_messages(snapshot: Snapshot) -> Iterator[str]:
    """I1: every stored message is answered with its text, dealt with by a person, or replaced by an edit that is."""
    dealt_with = _dealt_with(snapshot)
    answers = _machine_turns(snapshot)
    by_id = {message.id: message for message in snapshot.messages}
    for message in snapshot.messages:
        newest = message
        while newest.superseded_by is not None:
            newest = by_id[newest.superseded_by]
        by_person = (
            newest.seq <= dealt_with[newest.conversation_id] or message.seq <= dealt_with[message.conversation_id]
        )
        text = newest.text.replace("¶", "")
        by_machine = any(
            first <= newest.seq <= last and text in body for first, last, body in answers[newest.conversation_id]
        )
        if not by_person and not by_machine:
            yield f"message {newest.seq} of {newest.conversation_id} ({newest.text!r}) has no answer"
    known = {row.id for row in snapshot.conversations} | {
        n.conversation_id for n in snapshot.notes if n.kind == "deleted"
    }
    seqs = {(message.conversation_id, message.seq) for message in snapshot.messages}
    alive = {row.id for row in snapshot.conversations}
    for entry in snapshot.notes:
        if entry.conversation_id not in known:
            yield f"conversation {entry.conversation_id} is gone, though nobody deleted it"
        elif (
            entry.kind == "received"
            and entry.conversation_id in alive
            and (entry.conversation_id, entry.seq) not in seqs
        ):
            yield f"message {entry.seq} of {entry.conversation_id} is gone"


def _dealt_with(snapshot: Snapshot) -> defaultdict[UUID, int]:
    found: defaultdict[UUID, int] = defaultdict(int)
    for entry in snapshot.notes:
        if entry.kind == "dealt with":
            found[entry.conversation_id] = max(found[entry.conversation_id], entry.seq)
    return found


def _machine_turns(snapshot: Snapshot) -> defaultdict[UUID, list[tuple[int, int, str]]]:
    """By conversation, in order: first and last message of each turn whose reply stands, and the reply's text."""
    bodies: defaultdict[tuple[UUID, int], list[Row[Any]]] = defaultdict(list)
    for row in sorted(snapshot.outbound, key=lambda row: (row.out_seq, row.part)):
        if row.author == "machine" and not row.repeat and row.status != "cancelled":
            bodies[row.conversation_id, row.out_seq].append(row)
    turns: defaultdict[UUID, list[tuple[int, int, str]]] = defaultdict(list)
    for (conversation_id, _), parts in bodies.items():
        body = "".join(part.body for part in parts).replace("¶", "")
        turns[conversation_id].append((parts[0].turn_from, parts[0].turn_to, body))
    return turns


def answered_twice(snapshot: Snapshot) -> Iterator[str]:
    """I2, seen from the questions: no message belongs to two turns whose replies stand, and turns follow each other."""
    for conversation_id, turns in _machine_turns(snapshot).items():
        for (_, before, _), (first, last, _) in pairwise(turns):
            if first <= before or last < first:
                yield f"turn {first}-{last} of {conversation_id} comes after one that ended with {before}"


def said_twice(possible: list[Request]) -> Iterator[str]:
    """I2: at most one plain request that may have arrived, and one labelled repeat after it."""
    times = Counter((request.reply_key, request.is_repeat) for request in possible)
    for (reply_key, _), count in times.items():
        if count > 1:
            yield f"{reply_key} may have been delivered {count} times"
    for request in possible:
        if request.is_repeat != request.text.startswith(LABEL):
            yield f"{request.reply_key} has the wrong label"


def out_of_order(snapshot: Snapshot, delivered: list[Request]) -> Iterator[str]:
    """I3: in every chat, what was delivered came in the order of the replies."""
    places = {row.reply_key: (row.out_seq, row.part, row.repeat) for row in snapshot.outbound}
    chats: defaultdict[tuple[str, str], list[tuple[int, int, int]]] = defaultdict(list)
    for request in delivered:
        if request.reply_key in places:
            chats[request.chat, request.reply_key.split(":")[0]].append(places[request.reply_key])
    for chat, order in chats.items():
        if order != sorted(order):
            yield f"chat {chat} got its replies as {order}"


def torn_replies(snapshot: Snapshot, delivered: list[Request]) -> Iterator[str]:
    """A reply is cancelled with all its parts, or after a part that can never go; what was cancelled never arrives."""
    arrived = {request.reply_key for request in delivered}
    firsts = {(row.lane, row.out_seq): row.status for row in snapshot.outbound if not row.part and not row.repeat}
    failed = {(row.lane, row.out_seq, row.part) for row in snapshot.outbound if row.status == "failed"}
    for row in snapshot.outbound:
        if row.repeat:
            continue
        if row.status == "cancelled" and row.reply_key in arrived:
            yield f"{row.reply_key} was cancelled but delivered"
        after_failure = any((row.lane, row.out_seq, part) in failed for part in range(row.part))
        torn = (firsts[row.lane, row.out_seq] == "cancelled") != (row.status == "cancelled")
        if torn and not (row.status == "cancelled" and after_failure):
            yield f"{row.reply_key} is {row.status}, its first part is not"


def not_settled(snapshot: Snapshot) -> Iterator[str]:
    """I4: nothing is held, due, on its way or waiting to be published."""
    for row in snapshot.conversations:
        if row.token is not None or row.turn_to is not None:
            yield f"conversation {row.id} is held"
        if row.mode == "machine" and row.last_seq > row.done_seq:
            yield f"conversation {row.id} has {row.last_seq - row.done_seq} messages due"
        if row.done_seq > row.last_seq:
            yield f"conversation {row.id} is done to {row.done_seq} of {row.last_seq}"
    for row in snapshot.outbound:
        if row.status in ("waiting", "sending") or (row.status == "uncertain" and row.resolve_at is not None):
            yield f"{row.reply_key} is still {row.status}"
    if snapshot.outbox:
        yield f"{len(snapshot.outbox)} events wait in the outbox"
