"""Killed at any moment under load, the product loses no question and answers none twice."""

import asyncio
import json
import os
import random
import uuid
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest

from tests.e2e.conftest import NewProduct, with_bot
from tests.e2e.ledger import delivered, page_problems, stored_messages, unanswered, unfinished
from tests.e2e.load import WritingTelegramUser, WritingVisitor, write_together
from tests.e2e.product import Product
from tests.e2e.visitor import Visitor
from tests.e2e.waiting import until
from tests.fakes.telegram.server import FakeTelegram

KILLS = int(os.environ.get("KILLS", "6"))
SEED = os.environ.get("KILL_SEED", "")
VISITORS, TELEGRAM_USERS, ADMIN = 8, 6, 900
LIFE_S = (0.1, 3.0)
KILLED_WHILE_STARTING = 0.2
SETTLED_WITHIN_S = 60.0
SLOW_SEND_S = 0.15


@dataclass
class Killer:
    """Ends the process again and again. The same seed gives the same moments."""

    product: Product
    chance: random.Random
    lives: list[str] = field(default_factory=list)

    async def kill_once(self) -> None:
        """Let the process live for a random while, kill it, and start it again."""
        life_s = self.chance.uniform(*LIFE_S)
        starting = self.chance.random() < KILLED_WHILE_STARTING
        if not starting:
            await self.product.until_ready()
        await asyncio.sleep(life_s / 3 if starting else life_s)
        await self.product.kill()
        self.lives.append(f"{life_s:.2f} s{' while starting' if starting else ''}")
        self.product.launch()


@pytest.mark.slow
@pytest.mark.timeout(60 + 20 * KILLS)
async def test_no_question_is_lost_and_none_answered_twice(new_product: NewProduct, telegram: FakeTelegram) -> None:
    seed = SEED or str(random.randrange(10**9))
    print(f"\nkills: {KILLS}, KILL_SEED={seed}")
    telegram.add_user(ADMIN, "Admin")
    telegram.slow("sendMessage", SLOW_SEND_S, times=1_000_000)  # so that kills hit requests on their way
    product = new_product(**with_bot(telegram, ADMIN_IDS=str(ADMIN), BURST_WINDOW="0.3"))
    await product.start()
    async with AsyncExitStack() as stack:
        visitors = [
            WritingVisitor(await stack.enter_async_context(Visitor(product.base_url)), f"{seed} web {number}")
            for number in range(VISITORS)
        ]
        users = [WritingTelegramUser(telegram, 1000 + n, f"{seed} telegram {n}") for n in range(TELEGRAM_USERS)]
        enough = asyncio.Event()
        writing = asyncio.create_task(write_together([*visitors, *users], enough))
        killer = Killer(product, random.Random(f"{seed} kills"))
        for _ in range(KILLS):
            await killer.kill_once()
        await product.until_ready()
        enough.set()
        await writing
        await until(
            lambda: not _left(product, telegram, visitors),
            lambda: f"{_left(product, telegram, visitors)}\n{product.log_tail()}",
            SETTLED_WITHIN_S,
        )

        _print_figures(product, telegram, visitors, users)
        assert unanswered(product) == []
        for visitor in visitors:
            assert page_problems(product, visitor.visitor, visitor.accepted) == []
        for user in users:
            assert stored_messages(product, "telegram", str(user.chat_id)) == user.said
        assert delivered(product, telegram, [ADMIN, *(user.chat_id for user in users)]).problems == []
        escalations = [str(row["id"]) for row in product.rows("SELECT id FROM escalations")]
        assert escalations
        assert sorted(_told_to_staff(product)) == sorted(escalations)
        assert product.errors_in_log() == []
    assert await product.stop() == 0


def _left(product: Product, telegram: FakeTelegram, visitors: list[WritingVisitor]) -> dict[str, int]:
    left = unfinished(product)
    left["updates to fetch"] = telegram.pending_updates()
    left["notices to staff"] = product.count("escalations", "state = 'open' AND staff_told_at IS NULL")
    stored = int(product.rows("SELECT coalesce(sum(out_seq), 0) FROM conversations WHERE channel = 'web'")[0][0])
    left["replies to show"] = max(0, stored - sum(len(one.visitor.replies) for one in visitors))
    return {name: count for name, count in left.items() if count}


def _told_to_staff(product: Product) -> list[str]:
    """The escalations that staff were told of, each as often as it was named: by itself, or in a message about many."""
    named: list[str] = []
    for notice in product.rows("SELECT reply_key, details FROM outbound WHERE author = 'staff_notice' AND repeat = 0"):
        details = json.loads(notice["details"] or "{}")
        together = [uuid.UUID(escalation).hex for escalation, _ in details.get("shown", [])]
        named += together or [uuid.UUID(str(notice["reply_key"]).split(":")[1]).hex]
    return named


def _print_figures(
    product: Product, telegram: FakeTelegram, visitors: list[WritingVisitor], users: list[WritingTelegramUser]
) -> None:
    delivery = delivered(product, telegram, [user.chat_id for user in users])
    figures = {
        "questions on the web": sum(len(one.accepted) for one in visitors),
        "questions in Telegram": sum(len(one.said) for one in users),
        "answers": product.count("answers"),
        "escalations": product.count("escalations"),
        "uncertain sends": product.count("outbound", "status = 'uncertain'"),
        "labelled repeats": product.count("outbound", "repeat = 1"),
        "answers seen in Telegram": sum(delivery.plain.values()),
        "repeats seen in Telegram": sum(delivery.repeats.values()),
        "streams that broke": sum(one.visitor.lost_streams for one in visitors),
    }
    print("\n".join(f"{name}: {count}" for name, count in figures.items()))
