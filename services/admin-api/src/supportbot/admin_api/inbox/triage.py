"""Priority, snooze and labels of a conversation; each is part of one transaction that holds the conversation's row."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select

from supportbot.common.database.conversations import hold
from supportbot.common.database.schema.inbox_tables import conversation_labels, labels, triage
from supportbot.common.database.schema.tables import conversations
from supportbot.common.database.snoozes import end_snooze
from supportbot.common.database.statements import insert_if_absent, insert_or_update
from supportbot.common.database.transactions import Transaction
from supportbot.common.errors import SupportbotError
from supportbot.common.ids import ConversationId
from supportbot.common.plain_text import clean_text

LABEL_CHARACTERS: Final = 32
LABELS_MOST: Final = 20
LONGEST_SNOOZE: Final = timedelta(days=366)
_t = triage.c


class UnfitLabelError(SupportbotError):
    """It is empty, too long, or one too many."""


async def set_priority(tx: Transaction, conversation_id: ConversationId, priority: int) -> None:
    """0, 1 (high) or 2 (urgent)."""
    await hold(tx, conversation_id)
    await _put(tx, conversation_id, {"priority": priority})


async def snooze(tx: Transaction, conversation_id: ConversationId, until: datetime) -> None:
    """Out of sight until then, or until a newer message comes.

    Nothing has to happen at that moment: whoever looks compares it with the clock, so no process has to remember it.
    """
    await hold(tx, conversation_id)
    newest = select(conversations.c.last_seq).where(conversations.c.id == conversation_id)
    seq = (await tx.execute(newest)).scalar_one()
    await _put(tx, conversation_id, {"snoozed_until": until, "snoozed_seq": seq})


async def wake(tx: Transaction, conversation_id: ConversationId) -> None:
    """End a snooze before its time, or say that it has been seen to."""
    await hold(tx, conversation_id)
    await end_snooze(tx, conversation_id)


async def add_label(tx: Transaction, conversation_id: ConversationId, name: str) -> None:
    """Raises UnfitLabelError, UnknownConversationError."""
    label = fit_label(name)
    await hold(tx, conversation_id)
    mine = conversation_labels.c.conversation_id == conversation_id
    count = (await tx.execute(select(func.count()).select_from(conversation_labels).where(mine))).scalar_one()
    if count >= LABELS_MOST:
        raise UnfitLabelError(f"A conversation has up to {LABELS_MOST} labels")
    await insert_if_absent(tx, labels, {"name": label}, moments=("created_at",))
    await insert_if_absent(tx, conversation_labels, {"conversation_id": conversation_id, "label": label})


async def set_labels(tx: Transaction, conversation_id: ConversationId, names: Sequence[str]) -> None:
    """These and no others. Raises UnfitLabelError, UnknownConversationError."""
    await hold(tx, conversation_id)
    wanted = {fit_label(name) for name in names}
    c = conversation_labels.c
    found = await tx.execute(select(c.label).where(c.conversation_id == conversation_id))
    has = set(found.scalars())
    for label in sorted(has - wanted):
        await remove_label(tx, conversation_id, label)
    for label in sorted(wanted - has):
        await add_label(tx, conversation_id, label)


async def remove_label(tx: Transaction, conversation_id: ConversationId, name: str) -> None:
    """From this conversation; a label that none has any more is forgotten."""
    await hold(tx, conversation_id)
    c = conversation_labels.c
    label = fit_label(name)
    await tx.execute(delete(conversation_labels).where(c.conversation_id == conversation_id, c.label == label))
    used = select(c.label).where(c.label == label)
    await tx.execute(delete(labels).where(labels.c.name == label, ~used.exists()))


def fit_label(name: str) -> str:
    """As labels are stored: lower case, single spaces. Raises UnfitLabelError."""
    label = " ".join(clean_text(name).split()).lower()
    if not label or len(label) > LABEL_CHARACTERS:
        raise UnfitLabelError(f"A label has 1 to {LABEL_CHARACTERS} characters")
    return label


async def _put(tx: Transaction, conversation_id: ConversationId, values: dict[str, Any]) -> None:
    row = {"conversation_id": conversation_id, **values}
    await insert_or_update(tx, triage, row, key=[_t.conversation_id])
