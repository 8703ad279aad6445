"""What monitoring is told of everything that waits, on each kind of database."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from prometheus_client import REGISTRY
from sqlalchemy import insert

from supportbot.common.database.schema.tables import conversations, escalations, outbound, outbox
from supportbot.common.database.sweep import note_backlog
from supportbot.common.database.transactions import Database, Transaction

AT_LEAST_S = 7000


def two_hours_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=2)


async def test_nothing_waits_where_there_is_nothing(database: Database) -> None:
    await database.read(note_backlog)
    assert _shown() == {
        "turns_due": 0,
        "oldest_due_seconds": 0,
        "outbox_waiting": 0,
        "outbox_oldest_seconds": 0,
        "oldest_escalation_seconds": 0,
        "replies_uncertain": 0,
    }
    assert (_open("true"), _open("false")) == (0, 0)


async def test_everything_that_waits_is_counted_with_its_age(database: Database) -> None:
    await database.write(_make_everything_wait)
    await database.read(note_backlog)
    shown = _shown()
    ages = {name for name in shown if name.endswith("_seconds")}
    assert all(AT_LEAST_S < shown[name] < AT_LEAST_S + 1000 for name in ages), shown
    assert all(shown[name] == 1 for name in set(shown) - ages), shown
    assert (_open("true"), _open("false")) == (1, 2)


async def _make_everything_wait(tx: Transaction) -> None:
    ago = two_hours_ago()
    conversation = {"id": uuid4(), "channel": "web", "bot": "", "chat": "c", "created_at": ago, "active_at": ago}
    await tx.execute(insert(conversations).values(**conversation, last_seq=1, due_at=ago))
    await tx.execute(insert(outbox).values(id=uuid4(), body="{}", headers={}, created_at=ago))
    for state, dead in (("open", True), ("open", False), ("open", False), ("answered", True)):
        row = {"id": uuid4(), "conversation_id": conversation["id"], "turn_to": 1, "question": "?", "reason": "r"}
        await tx.execute(insert(escalations).values(**row, state=state, dead_letter=dead, created_at=ago))
    for status in ("uncertain", "sent"):
        await tx.execute(insert(outbound).values(**_reply(status, ago)))


def _reply(status: str, ago: datetime) -> dict[str, Any]:
    place = {"reply_key": status, "lane": "l", "out_seq": 1, "author": "machine", "channel": "telegram", "bot": "1"}
    return {**place, "chat": "7", "body": "b", "details": {}, "status": status, "not_before": ago, "created_at": ago}


def _shown() -> dict[str, float]:
    names = ("turns_due", "oldest_due_seconds", "outbox_waiting", "outbox_oldest_seconds", "oldest_escalation_seconds")
    return {name: REGISTRY.get_sample_value(f"supportbot_{name}") or 0.0 for name in (*names, "replies_uncertain")}


def _open(dead_letter: str) -> float | None:
    return REGISTRY.get_sample_value("supportbot_escalations_open", {"dead_letter": dead_letter})
