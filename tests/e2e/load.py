"""People who keep writing whatever happens to the process: on the web and in Telegram."""

import asyncio
import random
from collections.abc import Sequence

from tests.e2e.deployment import Deployment
from tests.e2e.ledger import delivered, page_problems, stored_messages, unanswered, unfinished, unseen
from tests.e2e.visitor import Visitor
from tests.e2e.waiting import until
from tests.fakes.telegram.server import FakeTelegram

QUESTIONS = (
    "How do I return an item?",
    "How much does delivery cost?",
    "Can I pay by card when the courier comes?",
    "How do I track my order?",
    "Do you ship to Kazakhstan?",
    "What does the warranty cover?",
    "Как вернуть товар?",
    "Сколько стоит доставка?",
    "Как отследить заказ?",
    "Можно ли оплатить при получении?",
    "Как восстановить пароль?",
    "Hello",
    "What is the airspeed of an unladen swallow?",
)
PAUSE_S = (0.3, 2.5)


class WritingVisitor:
    """A visitor who writes until told to stop, and remembers what was accepted."""

    def __init__(self, visitor: Visitor, seed: str, pause_s: tuple[float, float] = PAUSE_S) -> None:
        self.visitor = visitor
        self._pause_s = pause_s
        self.accepted: list[str] = []
        self._random = random.Random(seed)

    async def write_until(self, enough: asyncio.Event) -> None:
        """Write, and see to it that each message is accepted before the next one."""
        while not enough.is_set():
            text = self._random.choice(QUESTIONS)
            await self.visitor.say_until_accepted(text)
            self.accepted.append(text)
            await _pause(self._random.uniform(*self._pause_s), enough)


class WritingTelegramUser:
    """A Telegram user who writes until told to stop."""

    def __init__(self, telegram: FakeTelegram, user_id: int, seed: str, pause_s: tuple[float, float] = PAUSE_S) -> None:
        self.chat_id = user_id
        self._pause_s = pause_s
        self.said: list[str] = []
        self._telegram = telegram
        self._random = random.Random(seed)
        telegram.add_user(user_id, f"User {user_id}")

    async def write_until(self, enough: asyncio.Event) -> None:
        """Write; Telegram keeps what the bot has not fetched."""
        while not enough.is_set():
            text = self._random.choice(QUESTIONS)
            self._telegram.user_says(self.chat_id, text)
            self.said.append(text)
            await _pause(self._random.uniform(*self._pause_s), enough)


async def _pause(seconds: float, enough: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(seconds):
            await enough.wait()
    except TimeoutError:
        return


async def write_together(people: Sequence[WritingVisitor | WritingTelegramUser], enough: asyncio.Event) -> None:
    """All of them at once."""
    async with asyncio.TaskGroup() as group:
        for person in people:
            group.create_task(person.write_until(enough))


async def all_were_answered_once(
    product: Deployment,
    telegram: FakeTelegram,
    visitors: Sequence[WritingVisitor],
    users: Sequence[WritingTelegramUser],
) -> None:
    """Wait until nothing is left to do; then all that was accepted is answered, in place, and nothing was repeated."""
    await until(lambda: not (unfinished(product) or telegram.pending_updates()), lambda: unfinished(product))
    await until(lambda: not unseen(product, [one.visitor for one in visitors]), "all replies are on the pages")
    assert unanswered(product) == []
    assert [problem for one in visitors for problem in page_problems(product, one.visitor, one.accepted)] == []
    for user in users:
        assert stored_messages(product, "telegram", str(user.chat_id)) == user.said
    delivery = delivered(product, telegram, [user.chat_id for user in users])
    assert (delivery.problems, sum(delivery.repeats.values())) == ([], 0)
