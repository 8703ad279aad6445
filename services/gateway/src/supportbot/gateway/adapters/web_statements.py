"""The statements of the web chat's reads, each built once: a page runs some at every event."""

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, exists, or_, select

from supportbot.common.database.prepared import prepared
from supportbot.common.database.schema.attachment_tables import attachments
from supportbot.common.database.schema.tables import answers, conversations, escalations, feedback, messages, outbound

MessagesAndReplies = Callable[[], tuple[Select[Any], Select[Any]]]
"""Two statements with the parameters `of_conversation`, `in_lane`, `most` and what else the function says."""
_from_us = or_(outbound.c.author == "machine", outbound.c.author == "person")
_mine = and_(outbound.c.channel == "web", outbound.c.status == "sent", _from_us)


@prepared
def standing() -> Select[Any]:
    """Where the conversation of `of_chat` stands."""
    return _standings().where(conversations.c.chat == bindparam("of_chat"))


@cache
def standings() -> Select[Any]:
    """Where the conversations of `chats` stand."""
    return _standings().where(conversations.c.chat.in_(bindparam("chats", expanding=True)))


def _standings() -> Select[Any]:
    c = conversations.c
    waiting = exists().where(escalations.c.conversation_id == c.id, escalations.c.state == "open")
    columns = (c.id, c.chat, c.last_seq, c.done_seq, c.out_seq, c.mode, waiting.label("person_expected"))
    return select(*columns).where(c.channel == "web", c.bot == "")


@prepared
def operator() -> Select[Any]:
    """Who wrote last of the people in `in_lane`."""
    c = outbound.c
    by_person = select(c.author_name).where(c.lane == bindparam("in_lane"), c.author == "person")
    return by_person.order_by(c.out_seq.desc()).limit(1)


def newest_of() -> tuple[Select[Any], Select[Any]]:
    """The newest messages and replies."""
    return _newest_messages(), _newest_replies()


@prepared
def _newest_messages() -> Select[Any]:
    return _messages().order_by(messages.c.seq.desc()).limit(_most())


@prepared
def _newest_replies() -> Select[Any]:
    return _replies().order_by(outbound.c.out_seq.desc()).limit(_most())


def news_of() -> tuple[Select[Any], Select[Any]]:
    """The messages after `seen_seq` and the replies after `seen_out_seq`."""
    return _new_messages(), _new_replies()


@prepared
def _new_messages() -> Select[Any]:
    return _messages().where(messages.c.seq > bindparam("seen_seq")).order_by(messages.c.seq).limit(_most())


@prepared
def _new_replies() -> Select[Any]:
    return _replies().where(outbound.c.out_seq > bindparam("seen_out_seq")).order_by(outbound.c.out_seq).limit(_most())


@prepared
def newest_with_text() -> Select[Any]:
    """The number of the newest message of `of_chat` that says `of_text`."""
    c = conversations.c
    mine = select(c.id).where(c.channel == "web", c.bot == "", c.chat == bindparam("of_chat")).scalar_subquery()
    same = and_(messages.c.conversation_id == mine, messages.c.text == bindparam("of_text"))
    return select(messages.c.seq).where(same).order_by(messages.c.seq.desc()).limit(1)


@prepared
def sources() -> Select[Any]:
    """What the reply `of_reply` in `of_chat` rests on."""
    answered = and_(answers.c.conversation_id == outbound.c.conversation_id, answers.c.turn_to == outbound.c.turn_to)
    return (
        select(outbound.c.details, answers.c.passages)
        .join_from(outbound, answers, answered, isouter=True)
        .where(_reply(), _mine)
        .order_by(answers.c.created_at.desc())
        .limit(1)
    )


@prepared
def sent_file() -> Select[Any]:
    """Which file the reply `of_reply` in `of_chat` is."""
    a = attachments.c
    its = and_(a.conversation_id == outbound.c.conversation_id, a.out_seq == outbound.c.out_seq)
    return select(a.id, a.conversation_id).join_from(outbound, attachments, its).where(_reply(), _mine)


@prepared
def rateable() -> Select[Any]:
    """Whose the reply `of_reply` in `of_chat` is, if it can be rated."""
    return select(outbound.c.conversation_id).where(_reply(), outbound.c.author == "machine", _mine)


def _reply() -> ColumnElement[bool]:
    return and_(outbound.c.reply_key == bindparam("of_reply"), outbound.c.chat == bindparam("of_chat"))


def _messages() -> Select[Any]:
    c = messages.c
    shown = and_(c.conversation_id == bindparam("of_conversation"), c.superseded_by.is_(None))
    return select(c.seq, c.kind, c.text, c.received_at).where(shown)


def _replies() -> Select[Any]:
    c = outbound.c
    columns = (c.reply_key, c.out_seq, c.author, c.author_name, c.body, c.details, c.created_at)
    rated = feedback.c.reply_key == c.reply_key
    joined = select(*columns, feedback.c.vote).join_from(outbound, feedback, rated, isouter=True)
    return joined.where(c.lane == bindparam("in_lane"), _mine)


def _most() -> ColumnElement[int]:
    return bindparam("most", type_=Integer())
