"""What the product owes after faults, read from its database and from what people really got."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from supportbot.common.i18n import LANGUAGES, translate
from tests.e2e.deployment import Deployment
from tests.e2e.records import Row
from tests.e2e.visitor import Visitor
from tests.fakes.telegram.chats import Sent
from tests.fakes.telegram.server import FakeTelegram

UNFINISHED = {
    "turns that wait for an answer": "SELECT id FROM conversations WHERE last_seq > done_seq AND mode = 'machine'",
    "turns that are held": "SELECT id FROM conversations WHERE token IS NOT NULL",
    # Notices to staff wait their turn: Telegram takes one message a second for a chat, and theirs is one for all.
    "replies on their way": (
        "SELECT reply_key FROM outbound WHERE status = 'sending' OR (status = 'uncertain' AND resolve_at IS NOT NULL)"
        " OR (status = 'waiting' AND author != 'staff_notice')"
    ),
}
FORGOTTEN_AFTER_S = 75


def unfinished(product: Deployment) -> dict[str, int]:
    """What is still to be done (I4), by name; empty when all is settled."""
    counts = {name: len(product.rows(statement)) for name, statement in UNFINISHED.items()}
    counts["events that the sweep forgot"] = product.count("outbox", f"created_at < {product.ago(FORGOTTEN_AFTER_S)}")
    return {name: count for name, count in counts.items() if count}


def stored_messages(product: Deployment, channel: str, chat: str) -> list[str]:
    """The texts of a chat in the order in which they were stored."""
    rows = product.rows(
        "SELECT m.text FROM messages m JOIN conversations c ON c.id = m.conversation_id"
        " WHERE c.channel = ? AND c.chat = ? ORDER BY m.seq",
        channel,
        chat,
    )
    return [str(row["text"]) for row in rows]


def unanswered(product: Deployment) -> list[str]:
    """Messages that belong to no answer or to two and are with no person, and answers without their reply (I1, I2)."""
    found: list[str] = []
    for conversation in product.rows("SELECT * FROM conversations"):
        expected = 1
        for answer in product.rows(
            "SELECT * FROM answers WHERE conversation_id = ? ORDER BY turn_to", conversation["id"]
        ):
            if answer["turn_from"] != expected:
                found.append(f"{conversation['id']}: a turn begins at {answer['turn_from']}, not at {expected}")
            expected = answer["turn_to"] + 1
            found.extend(_reply_problems(product, conversation["id"], answer["turn_to"]))
            if answer["decision"] == "escalate":
                found.extend(_escalation_problems(product, answer["id"]))
        if conversation["mode"] == "machine" and expected != conversation["last_seq"] + 1:
            found.append(f"{conversation['id']}: answered up to {expected - 1} of {conversation['last_seq']}")
    return found


def _reply_problems(product: Deployment, conversation_id: str, turn_to: int) -> Iterator[str]:
    replies = product.rows(
        "SELECT reply_key FROM outbound WHERE conversation_id = ? AND turn_to = ?"
        " AND author = 'machine' AND part = 0 AND repeat = 0",
        conversation_id,
        turn_to,
    )
    if len(replies) != 1:
        yield f"{conversation_id}: the turn up to {turn_to} has {len(replies)} replies"


def _escalation_problems(product: Deployment, answer_id: str) -> Iterator[str]:
    """What is promised to a person has to be where people look for it, once."""
    told = product.rows("SELECT id FROM escalations WHERE answer_id = ?", answer_id)
    if len(told) != 1:
        yield f"answer {answer_id} was handed over, and {len(told)} escalations say so"


@dataclass
class Delivery:
    """What Telegram's chats got, held against what the database says was sent."""

    plain: Counter[str] = field(default_factory=Counter)
    repeats: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    """Replies that failed, or are noted as sent and never were (I1)."""
    twice: list[str] = field(default_factory=list)
    """What was said more often than it should be (I2)."""
    order: list[str] = field(default_factory=list)
    """Chats whose replies came in another order than they were given (I3)."""

    @property
    def problems(self) -> list[str]:
        """All that is wrong."""
        return [*self.lost, *self.twice, *self.order]


def delivered(
    product: Deployment, telegram: FakeTelegram, chats: Iterable[int], *, may_fail: Collection[int] = ()
) -> Delivery:
    """Compare, chat by chat: nothing said twice, nothing missing, in order (I2, I3)."""
    delivery = Delivery()
    for chat in chats:
        before = telegram.sent(chat)  # what goes out while we look need not be noted yet
        rows = product.rows("SELECT * FROM outbound WHERE chat = ? ORDER BY out_seq, part, repeat", str(chat))
        sent = telegram.sent(chat)
        _compare(delivery, chat, rows, sent)
        _compare_names(delivery, chat, rows, before)
        if chat not in may_fail and (failed := [row["reply_key"] for row in rows if row["status"] == "failed"]):
            delivery.lost.append(f"chat {chat}: {failed} failed")
        _count_keys(delivery, sent)
    delivery.twice += [f"{key} was said {times} times" for key, times in delivery.plain.items() if times > 1]
    delivery.twice += [f"{key} was repeated {times} times" for key, times in delivery.repeats.items() if times > 1]
    return delivery


def _compare(delivery: Delivery, chat: int, rows: Sequence[Row], sent: list[Sent]) -> None:
    known = [row["external_id"] for row in rows if row["external_id"] is not None]
    if known != sorted(known):
        delivery.order.append(f"chat {chat}: replies came in another order: {known}")
    really = {message.message_id for message in sent}
    if missing := set(known) - really:
        delivery.lost.append(f"chat {chat}: messages {missing} are noted as sent, but never were")


def _compare_names(delivery: Delivery, chat: int, rows: Sequence[Row], sent: list[Sent]) -> None:
    """A message that no row knows is one of which nobody could know, or whose row is about to be told."""
    known = {row["external_id"] for row in rows}
    nameless = len({message.message_id for message in sent} - known)
    open_rows = sum(1 for row in rows if row["status"] in {"uncertain", "sending"})
    if nameless > open_rows:
        delivery.twice.append(f"chat {chat}: {nameless} messages that no row knows, {open_rows} open rows")


def _count_keys(delivery: Delivery, sent: list[Sent]) -> None:
    labels = tuple(translate("telegram.repeat_label", language) for language in LANGUAGES)
    for message in sent:
        key = _reply_key(message)
        if key:
            (delivery.repeats if message.text.startswith(labels) else delivery.plain)[key] += 1


def _reply_key(message: Sent) -> str:
    """The reply that a message's buttons belong to."""
    for row in (message.reply_markup or {}).get("inline_keyboard", []):
        for button in row:
            return str(button.get("callback_data", "")).partition(":")[2]
    return ""


def page_problems(product: Deployment, visitor: Visitor, accepted: list[str]) -> list[str]:
    """What is wrong between a page, its visitor's memory and the database."""
    chat = hashlib.sha256(visitor.key.encode()).hexdigest()
    found = []
    stored = stored_messages(product, "web", chat)
    if stored != accepted:
        found.append(f"web chat {chat[:8]}: {len(accepted)} messages were accepted, {len(stored)} are stored")
    out_seq = product.rows("SELECT out_seq FROM conversations WHERE chat = ?", chat)[0]["out_seq"]
    shown = [entry.number for entry in visitor.replies]
    if shown != list(range(1, out_seq + 1)):
        found.append(f"web chat {chat[:8]}: the page shows replies {shown} of {out_seq}")
    return found


def unseen(product: Deployment, visitors: Iterable[Visitor]) -> bool:
    """Whether a page lacks a reply that is stored."""
    stored = product.rows("SELECT coalesce(sum(out_seq), 0) FROM conversations WHERE channel = 'web'")[0][0]
    return bool(stored > sum(len(visitor.replies) for visitor in visitors))
