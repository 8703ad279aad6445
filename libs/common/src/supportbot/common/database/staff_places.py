"""Where staff talk about a conversation in Telegram: a topic of their group, or the chat of the one who took it.

Whatever goes there waits in `outbound` in one lane, so it keeps its order: a topic's making before what is said in it.
The place's row is the lock: a topic that was just made, or is gone, is known to whoever queues something next.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.albums import GATHERED_S
from supportbot.common.database.clock import statement_start
from supportbot.common.database.outbound import Reply, queue_in_lane
from supportbot.common.database.schema.staff_tables import relays, staff_places
from supportbot.common.database.schema.tables import conversations, escalations, messages, outbound, unsettled
from supportbot.common.database.statements import insert_if_absent
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import BotId, ConversationId

TOPIC = "topic"
"""The detail that says what a row does with a topic: make, close, reopen or delete it."""
CARD = "card:"
"""With which the key of a card begins; what follows is its escalation."""


@dataclass(frozen=True, slots=True)
class Place:
    """A staff place as it stands."""

    conversation_id: ConversationId
    bot: BotId
    chat: int
    topic: int | None
    is_open: bool
    told_seq: int
    told_out: int
    """Up to which reply staff know here."""
    told_mode: str
    """Who answers, as staff know here; empty where that was not noted."""

    @property
    def in_group(self) -> bool:
        """Whether it is a topic of the group."""
        return self.chat < 0

    @property
    def lane(self) -> str:
        """What goes here keeps its order."""
        return f"staff:{self.bot}:{self.chat}" + (f":{self.conversation_id}" if self.in_group else "")

    @property
    def address(self) -> str:
        """As `outbound` holds it; in a topic that is not made yet, the group."""
        return str(self.chat) if self.topic is None else f"{self.chat}/{self.topic}"


def place_here(conversation_id: ConversationId, bot: BotId, chat: int, topic: int | None = None) -> Place:
    """Where something about a conversation was said, be it its place or not: what is answered to that goes there."""
    return Place(conversation_id, bot, chat, topic, is_open=True, told_seq=0, told_out=0, told_mode="")


async def take_place(
    tx: Transaction,
    conversation_id: ConversationId,
    *,
    bot: BotId,
    chat: int,
    told_seq: int,
    name: str = "",
    card: str = "",
) -> Place:
    """The conversation's place, locked; made, with its topic, where there is none.

    `told_seq`: up to which message staff know, where it is made. `name`: what its topic is called.
    """
    place = await place_of(tx, conversation_id)
    if place is not None and (place.chat == chat or (place.in_group and chat > 0)):
        if card:
            await tx.execute(_at(conversation_id).values(card=card))
        return place
    row = {
        "conversation_id": conversation_id,
        "bot": bot,
        "chat": chat,
        "card": card,
        "told_seq": told_seq,
        "topic": None,
        **await _as_it_stands(tx, conversation_id),
    }
    if place is None:
        await insert_if_absent(tx, staff_places, row)
    else:
        await tx.execute(_at(conversation_id).values(row))
    made = await place_of(tx, conversation_id)
    assert made is not None
    if made.in_group:
        await queue_topic_step(tx, made, "make", name=name)
    return made


async def _as_it_stands(tx: Transaction, conversation_id: ConversationId) -> dict[str, Any]:
    """What is no news for who comes to a conversation now."""
    c = conversations.c
    found = select(c.out_seq, c.mode).where(c.id == conversation_id)
    row = (await tx.execute(found)).one_or_none()
    return {} if row is None else {"told_out": row.out_seq, "told_mode": row.mode}


async def place_of(tx: Transaction, conversation_id: ConversationId) -> Place | None:
    """The conversation's place, locked until the transaction ends."""
    found = select(staff_places).where(staff_places.c.conversation_id == conversation_id).with_for_update()
    return _place((await tx.execute(found)).one_or_none())


async def place_in_topic(connection: AsyncConnection, *, bot: BotId, chat: int, topic: int) -> Place | None:
    """What a topic of the group is about."""
    c = staff_places.c
    found = select(staff_places).where(c.bot == bot, c.chat == chat, c.topic == topic)
    return _place((await connection.execute(found)).one_or_none())


async def queue_in_place(tx: Transaction, place: Place, *, key: str, reply: Reply) -> None:
    """Queue something for staff to read."""
    details = {**reply.details, "conversation": str(place.conversation_id)}
    told = Reply(reply.text, reply.author, reply.author_name, details, reply.turn_from, reply.turn_to)
    await queue_in_lane(
        tx, place.lane, key=key, conversation_id=place.conversation_id, bot=place.bot, chat=place.address, reply=told
    )


async def queue_topic_step(tx: Transaction, place: Place, step: str, *, name: str = "") -> None:
    """Queue what is to happen to the topic: make, close or reopen."""
    newest = select(func.coalesce(func.max(outbound.c.out_seq), 0)).where(outbound.c.lane == place.lane)
    number = (await tx.execute(newest)).scalar_one()
    await queue_in_place(
        tx, place, key=f"topic:{place.conversation_id}:{step}:{number}", reply=Reply(name, "act", details={TOPIC: step})
    )
    if step != "make":
        await tx.execute(_at(place.conversation_id).values(is_open=step == "reopen"))


async def note_arrival(
    tx: Transaction, bot: BotId, details: Mapping[str, Any], arrived: Sequence[int], chat: int
) -> None:
    """What has to be known of a row of `outbound` that arrived: its topic, or which messages match."""
    conversation = details.get("conversation")
    if conversation is None:
        return
    if details.get(TOPIC) == "make":
        await _topic_made(tx, ConversationId(UUID(conversation)), arrived[0])
    twins = details.get("twins") or []
    to_staff = bool(details.get("to_staff"))
    for number, twin in enumerate(twins):
        here = arrived[min(number, len(arrived) - 1)]
        person, staff = ((details["twin_chat"], twin), (chat, here))
        if not to_staff:
            person, staff = staff, person
        row = {"bot": bot, "person_chat": person[0], "person_message": person[1], "staff_chat": staff[0]}
        row |= {"staff_message": staff[1], "conversation_id": UUID(conversation)}
        row |= {"from_staff": bool(details.get("from_staff", not to_staff))}
        known = select(conversations.c.id).where(conversations.c.id == UUID(conversation))
        if (await tx.execute(known)).one_or_none() is not None:
            await insert_if_absent(tx, relays, row)


async def places_with_news(connection: AsyncConnection, limit: int) -> list[ConversationId]:
    """Conversations in which a person waits for people, and wrote something that staff do not know of.

    As long as the machine answers it is told what that dealt with: of the rest, a question may be made.
    """
    p, c, e = staff_places.c, conversations.c, escalations.c
    waits = exists().where(e.conversation_id == c.id, e.state == "open")
    untold = exists().where(e.conversation_id == c.id, e.state == "open", e.staff_told_at.is_(None))
    news = select(p.conversation_id).join_from(staff_places, conversations, c.id == p.conversation_id)
    with_people = and_(c.mode == "person", p.told_seq < c.last_seq)
    with_machine = and_(c.mode == "machine", p.told_seq < c.done_seq, waits, ~untold)
    found = news.where(or_(with_people, with_machine)).limit(limit)
    return [ConversationId(one) for one in (await connection.execute(found)).scalars()]


async def places_to_close(connection: AsyncConnection, limit: int) -> list[ConversationId]:
    """Topics that are open though their conversation is closed, as was said in them."""
    p, c = staff_places.c, conversations.c
    found = select(p.conversation_id).join_from(staff_places, conversations, c.id == p.conversation_id)
    found = found.where(p.is_open, p.chat < 0, c.mode == "closed", p.told_mode == "closed").limit(limit)
    return [ConversationId(one) for one in (await connection.execute(found)).scalars()]


async def silent_places(connection: AsyncConnection, after_s: float, limit: int) -> list[ConversationId]:
    """Conversations that were taken here, and in which nobody has said anything for long."""
    p, c = staff_places.c, conversations.c
    found = select(p.conversation_id).join_from(staff_places, conversations, c.id == p.conversation_id)
    found = found.where(c.mode == "person", c.active_at < statement_start(-after_s)).limit(limit)
    return [ConversationId(one) for one in (await connection.execute(found)).scalars()]


async def taken_in(connection: AsyncConnection, *, bot: BotId, chat: str, limit: int) -> Sequence[Row[Any, Any, Any]]:
    """The conversations that somebody has taken in their own chat, the liveliest first, each with who it is with."""
    p, c = staff_places.c, conversations.c
    found = select(p.conversation_id, p.told_seq, c.user_name).join_from(
        staff_places, conversations, c.id == p.conversation_id
    )
    mine = found.where(p.bot == bot, p.chat == int(chat), c.mode == "person")
    return (await connection.execute(mine.order_by(c.active_at.desc()).limit(limit))).all()


async def is_busy(tx: Transaction, place: Place) -> bool:
    """Whether something waits to be told here already: what comes now can be told with what comes next."""
    waiting = exists().where(outbound.c.lane == place.lane, outbound.c.status.in_(("waiting", "sending")))
    return bool((await tx.execute(select(waiting))).scalar_one())


async def untold_messages(tx: Transaction, place: Place, limit: int, up_to: int) -> Sequence[Row[Any]]:
    """What the person wrote since staff were told last, with whether it is a changed message, and quite new."""
    c, old = messages.c, messages.alias("old").c
    changed = exists().where(old.superseded_by == c.id).label("is_edit")
    new = and_(c.received_at > statement_start(-GATHERED_S), c.received_at < statement_start(GATHERED_S))
    found = select(c.seq, c.kind, c.text, c.external_id, c.replies_to, changed, new.label("is_new"))
    found = found.where(c.conversation_id == place.conversation_id, c.seq > place.told_seq, c.seq <= up_to)
    return (await tx.execute(found.order_by(c.seq).limit(limit))).all()


async def quietest_chat(connection: AsyncConnection, bot: BotId, chats: Sequence[int]) -> int:
    """The one of these chats in which least waits to be said: each takes only so much a minute. The first of equals."""
    o = outbound.c
    waiting = select(o.chat).where(unsettled, o.bot == bot, o.author.in_(("staff_notice", "act")))
    busy = Counter(chat.partition("/")[0] for chat in (await connection.execute(waiting)).scalars())
    return min(chats, key=lambda chat: busy[str(chat)])


async def mark_told(tx: Transaction, place: Place, seq: int) -> None:
    """Note up to which message staff know."""
    await tx.execute(_at(place.conversation_id).values(told_seq=seq))


async def _topic_made(tx: Transaction, conversation_id: ConversationId, topic: int) -> None:
    place = await place_of(tx, conversation_id)
    if place is None:
        return
    await tx.execute(_at(conversation_id).values(topic=topic, is_open=True))
    waiting = and_(outbound.c.lane == place.lane, outbound.c.status == "waiting")
    await tx.execute(update(outbound).where(waiting).values(chat=f"{place.chat}/{topic}"))


def _is(conversation_id: ConversationId) -> Any:
    return staff_places.c.conversation_id == conversation_id


def _at(conversation_id: ConversationId) -> Any:
    return update(staff_places).where(_is(conversation_id))


def _place(row: Row[Any] | None) -> Place | None:
    if row is None:
        return None
    conversation_id, bot = ConversationId(row.conversation_id), BotId(row.bot)
    known = (row.told_seq, row.told_out, row.told_mode)
    return Place(conversation_id, bot, row.chat, row.topic, bool(row.is_open), *known)
