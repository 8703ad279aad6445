"""Which conversations a view has, and in which order: statements that an index serves, however many there are."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal_column,
    or_,
    outerjoin,
    select,
    union_all,
)

from supportbot.admin_api.inbox.schemas import Asked
from supportbot.common.database.clock import statement_start
from supportbot.common.database.schema.inbox_tables import attended, conversation_labels, triage
from supportbot.common.database.schema.operator_tables import assignments, operators
from supportbot.common.database.schema.tables import conversations, escalations, messages

LISTED_MOST: Final = 200
_a = assignments.c
_t = triage.c
_is_open: ColumnElement[bool] = literal_column("escalations.state = 'open'")
"""As text, so that the planner knows how few they are."""
snooze_ended = or_(_t.snoozed_until <= statement_start(), conversations.c.last_seq > _t.snoozed_seq)
"""The time has come, or the person wrote again."""


def each_conversation() -> Select[Any]:
    """Conversations with what a list shows of each; whoever asks says which."""
    c = conversations.c
    since, reason, question = _open_escalation()
    unanswered = (
        select(func.min(messages.c.received_at))
        .where(messages.c.conversation_id == c.id, messages.c.seq > c.done_seq, c.mode == "person")
        .scalar_subquery()
    )
    woke = and_(_t.snoozed_until.is_not(None), snooze_ended)
    over = case((woke, _t.snoozed_until))
    waiting = func.coalesce(since, unanswered, over).label("waiting_since")
    kept = (_t.priority, _t.snoozed_until, woke.label("snooze_is_over"))
    taken = (_a.operator_id.label("taken_by_id"), _a.taken_at, operators.c.name.label("taken_by"))
    statement = select(*c, waiting, reason.label("reason"), question.label("question"), *taken, *kept)
    statement = statement.outerjoin_from(conversations, assignments, _a.conversation_id == c.id)
    statement = statement.outerjoin(triage, _t.conversation_id == c.id)
    return statement.outerjoin(operators, operators.c.id == _a.operator_id)


def _open_escalation() -> tuple[Any, Any, Any]:
    """The moment of the oldest open escalation of a conversation, and the reason and question of the newest."""
    e = escalations.c
    is_open = and_(e.conversation_id == conversations.c.id, e.state == "open")
    since = select(e.created_at).where(is_open).order_by(e.created_at).limit(1).scalar_subquery()

    def newest(column: Any) -> Any:
        return select(column).where(is_open).order_by(e.created_at.desc()).limit(1).scalar_subquery()

    return since, newest(e.reason), newest(e.question)


def newest_first(asked: Asked) -> Select[Any]:
    """The views that are in the order of time alone: all, and what was closed."""
    c = conversations.c
    statement = each_conversation()
    if asked.view == "closed":
        statement = statement.where(literal_column("conversations.mode = 'closed'"))
    if asked.label:
        statement = statement.where(c.id.in_(_labelled(asked.label)))
    return statement.order_by(c.active_at.desc()).limit(LISTED_MOST)


def chosen(asked: Asked, operator_id: UUID | None) -> Select[Any]:
    """The ids of any other view, the first first. They are found without reading conversations: few wait at a time."""
    if asked.view == "snoozed":
        found: ColumnElement[UUID] = _t.conversation_id
        asleep = and_(_t.snoozed_until > statement_start(), _newest_of(found) <= _t.snoozed_seq)
        statement = select(found).where(asleep).order_by(_t.snoozed_until)
    elif asked.view == "mine":
        found = _a.conversation_id
        mine = select(found).outerjoin_from(assignments, triage, _t.conversation_id == found)
        statement = mine.where(_a.operator_id == operator_id, _awake(found)).order_by(_a.taken_at)
    else:
        waiting = _waiting()
        found = waiting.c.conversation_id
        statement = select(found).outerjoin_from(waiting, triage, _t.conversation_id == found).where(_awake(found))
        if asked.view == "unassigned":
            statement = statement.outerjoin(assignments, _a.conversation_id == found).where(_a.operator_id.is_(None))
        statement = statement.order_by(func.coalesce(_t.priority, 0).desc(), waiting.c.since, found)
    return statement.where(found.in_(_labelled(asked.label))) if asked.label else statement


def waiting_count() -> Select[Any]:
    """How many wait for a person."""
    waiting = _waiting()
    found = waiting.c.conversation_id
    counted = select(func.count()).select_from(outerjoin(waiting, triage, _t.conversation_id == found))
    return counted.where(_awake(found))


def _waiting() -> Subquery:
    """Where somebody waits or a snooze is over, and since when; each of the three is found by an index of its own.

    Whoever writes during a snooze waits because of that: the machine or a colleague has to answer.
    """
    c, m = conversations.c, messages.c
    first = select(func.min(m.received_at)).where(m.conversation_id == c.id, m.seq > c.done_seq).scalar_subquery()
    asked = select(escalations.c.conversation_id, escalations.c.created_at.label("since")).where(_is_open)
    written = select(c.id, first).where(attended)
    woken = select(_t.conversation_id, _t.snoozed_until).where(_t.snoozed_until <= statement_start())
    everyone = union_all(asked, written, woken).subquery()
    of_each = select(everyone.c.conversation_id, func.min(everyone.c.since).label("since"))
    return of_each.group_by(everyone.c.conversation_id).subquery()


def _newest_of(found: ColumnElement[UUID]) -> Any:
    return select(conversations.c.last_seq).where(conversations.c.id == found).scalar_subquery()


def _awake(found: ColumnElement[UUID]) -> Any:
    ended = or_(_t.snoozed_until <= statement_start(), _newest_of(found) > _t.snoozed_seq)
    return or_(_t.snoozed_until.is_(None), ended)


def _labelled(label: str) -> Select[Any]:
    return select(conversation_labels.c.conversation_id).where(conversation_labels.c.label == label)
