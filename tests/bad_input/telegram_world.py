"""The product behind its webhook, and people who write to it while others send it nonsense."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.bad_input.wire import Answer, exchange, request
from tests.e2e.product import Product
from tests.e2e.waiting import until
from tests.fakes.telegram.chats import Sent
from tests.fakes.telegram.server import FakeTelegram

HOST = "bot.example.com"
SECRET = "A-secret_of-ours_1234567890"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
QUESTION = "How do I return an item?"
SOLUTION = "30 days"


@dataclass
class World:
    """A product, its Telegram, and the number of the next person and update."""

    product: Product
    telegram: FakeTelegram
    next_number: int = 10**9
    """Far from the numbers that the fake gives out itself."""

    def number(self) -> int:
        """A number that was not used before, for people and updates alike."""
        self.next_number += 1
        return self.next_number

    def new_user(self) -> int:
        """A person with an empty private chat."""
        user = self.number()
        self.telegram.add_user(user, f"User {user}")
        return user

    async def post(self, body: bytes, **headers: str | bytes) -> Answer:
        """An update as Telegram sends it, but for the headers that are given."""
        given: dict[str, str | bytes] = {
            "Host": HOST,
            "Content-Type": "application/json",
            HEADER: SECRET,
            "Content-Length": str(len(body)),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return await exchange(self.product.port, request("POST", "/webhook", given, body))

    async def update(self, update: object) -> int:
        """Send an update; returns the status."""
        return (await self.post(json.dumps(update).encode())).status

    async def neighbour_is_answered(self) -> None:
        """Somebody else asks meanwhile, and gets the answer."""
        user = self.new_user()
        self.telegram.user_says(user, QUESTION)
        assert SOLUTION in (await self.telegram.wait_for_count(1, user))[0].text

    async def replies(self, user: int, count: int = 1) -> list[Sent]:
        """What a person got, as soon as there is so much."""
        return await self.telegram.wait_for_count(count, user)

    def kept_aside(self) -> list[tuple[str | None, str]]:
        """The id and the reason of every update that was kept for a person to look at, oldest first."""
        rows = self.product.rows("SELECT update_id, reason FROM quarantine ORDER BY id")
        return [(row["update_id"], row["reason"]) for row in rows]

    def stored(self, user: int) -> list[str]:
        """What is stored of a person's messages."""
        rows = self.product.rows(
            "SELECT text FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE chat = ? ORDER BY seq",
            str(user),
        )
        return [row["text"] for row in rows]

    async def until_stored(self, user: int, texts: Sequence[str]) -> None:
        """Wait for a person's messages."""
        await until(lambda: self.stored(user) == list(texts), lambda: f"{texts}, but {self.stored(user)}")


def message(user: int, message_id: int, **content: Any) -> dict[str, Any]:
    """A message of a person in their private chat."""
    person = {"id": user, "is_bot": False, "first_name": "Anna", "language_code": "en"}
    return {"message_id": message_id, "date": 1, "chat": {"id": user, "type": "private"}, "from": person, **content}
