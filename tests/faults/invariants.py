"""What holds after every fault, read from the database, from what Telegram's chats and the pages got, and the bells.

I1  Whatever was accepted is answered, escalated, with a person, or visible as a dead letter or an uncertain send.
I2  No reply is said twice in plain; one of which nobody knows may be repeated once, and says that it is a repeat.
I3  In every chat the replies come in the order of the questions.
I4  Nothing is left over: no event to publish, no turn held or due, no reply on its way.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

import asyncpg  # type: ignore[import-untyped]

from tests.e2e.deployment import Deployment
from tests.e2e.ledger import delivered, page_problems, stored_messages, unanswered, unfinished
from tests.fakes.telegram.server import FakeTelegram
from tests.faults.people import People

DATABASE_AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass
class Verdict:
    """What was found wrong, by invariant; nothing, where all held."""

    broken: dict[str, list[str]] = field(default_factory=dict)

    @property
    def held(self) -> bool:
        return not self.broken

    def add(self, invariant: str, problems: list[str]) -> None:
        """Note what is wrong with one invariant."""
        if problems:
            self.broken.setdefault(invariant, []).extend(problems)


def left(product: Deployment, telegram: FakeTelegram, people: People) -> dict[str, int]:
    """What is still to be done, by name (I4); raises one of DATABASE_AWAY where nobody can know."""
    found = unfinished(product)
    found["updates to deliver"] = telegram.pending_updates()
    if product.kind == "services":
        found["events to publish"] = product.count("outbox")
    stored = int(product.rows("SELECT coalesce(sum(out_seq), 0) FROM conversations WHERE channel = 'web'")[0][0])
    found["replies to show"] = max(0, stored - sum(len(one.visitor.replies) for one in people.visitors))
    return {name: count for name, count in found.items() if count}


def verdict(product: Deployment, telegram: FakeTelegram, people: People, *, may_fail: Collection[int] = ()) -> Verdict:
    """Hold everything against I1 to I4; replies to the chats in `may_fail` need not arrive."""
    found = Verdict()
    for user in people.users:
        stored = stored_messages(product, "telegram", str(user.chat_id))
        if stored != user.said:
            found.add("I1", [f"chat {user.chat_id}: {len(user.said)} messages were accepted, {len(stored)} are stored"])
    found.add("I1", unanswered(product))
    delivery = delivered(product, telegram, people.chats, may_fail=may_fail)
    found.add("I1", delivery.lost)
    found.add("I2", delivery.twice)
    found.add("I3", delivery.order)
    found.add(
        "I3", [problem for one in people.visitors for problem in page_problems(product, one.visitor, one.accepted)]
    )
    found.add("I4", [f"{count} {name}" for name, count in left(product, telegram, people).items()])
    return found
