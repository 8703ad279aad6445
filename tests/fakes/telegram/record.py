"""What a test reads from Telegram: what the bot did, and waiting for it."""

from collections.abc import Callable
from typing import Any, TypeVar

from tests.fakes.telegram.chats import Call, Draft, Sent
from tests.fakes.telegram.world import BotWorld

Found = TypeVar("Found")
DRAFT_S = 30.0


class BotRecord:
    """The record of one bot."""

    def __init__(self, world: BotWorld) -> None:
        self.world = world

    def sent(self, chat_id: int | None = None) -> list[Sent]:
        """New messages of the bot in order (sendMessage, sendDocument, sendPhoto, copyMessage, forwardMessage)."""
        new = {"sendMessage", "sendDocument", "sendPhoto", "copyMessage", "forwardMessage"}
        return [sent for sent in self.effects(chat_id) if sent.method in new]

    def effects(self, chat_id: int | None = None, method: str | None = None) -> list[Sent]:
        """Everything visible the bot did, edits and deletions included, in order."""
        return [sent for sent in self.world.sent if chat_id in {None, sent.chat_id} and method in {None, sent.method}]

    def draft(self, chat_id: int) -> Draft | None:
        """What the chat shows as being written now: for 30 seconds, or until a message of the bot."""
        draft = self.world.chats[chat_id].draft
        fresh = draft is not None and (self.world.now() - draft.at).total_seconds() < DRAFT_S
        return draft if fresh else None

    def drafts(self, chat_id: int) -> list[Draft]:
        """All that it showed so, in order."""
        return [draft for chat, draft in self.world.drafts if chat == chat_id]

    def calls(self, method: str | None = None, chat_id: int | None = None) -> list[Call]:
        """Requests as they came, with their outcome."""
        return [call for call in self.world.calls if method in {None, call.method} and chat_id in {None, call.chat_id}]

    def counts(self) -> dict[str, dict[str, int]]:
        """Calls per method and outcome."""
        result: dict[str, dict[str, int]] = {}
        for (method, outcome), count in sorted(self.world.counts.items()):
            result.setdefault(method, {})[outcome] = count
        return result

    def screen(self, chat_id: int) -> list[dict[str, Any]]:
        """The chat as people see it now, oldest first."""
        return [m.payload for m in self.world.chats[chat_id].messages.values() if not m.deleted]

    def pending_updates(self) -> int:
        """Updates neither confirmed nor delivered."""
        return len(self.world.queue)

    def webhook_deliveries(self) -> dict[str, int]:
        """Webhook posts by outcome: delivered, failed."""
        return dict(self.world.webhook_deliveries)

    def webhook_waits(self) -> list[tuple[float, float]]:
        """When each answer of the webhook came, by time.monotonic, and how many seconds it took."""
        return list(self.world.webhook_waits)

    def callback_answer(self, query_id: str) -> dict[str, str] | None:
        """What answerCallbackQuery said, None while it has not."""
        return self.world.callbacks[query_id].answer

    def forget(self) -> None:
        """Empties the record; chats and messages stay."""
        self.world.sent.clear()
        self.world.sent_to.clear()
        self.world.calls.clear()
        self.world.drafts.clear()
        self.world.counts.clear()

    # waiting

    async def wait_for_message(
        self,
        chat_id: int,
        predicate: Callable[[Sent], bool] = lambda _: True,
        timeout: float = 10.0,  # noqa: ASYNC109
    ) -> Sent:
        """The first new message in the chat that fits, past or to come."""
        return await self.wait_until(lambda: next((s for s in self.sent(chat_id) if predicate(s)), None), timeout)

    async def wait_for_effect(
        self,
        method: str,
        chat_id: int | None = None,
        predicate: Callable[[Sent], bool] = lambda _: True,
        timeout: float = 10.0,  # noqa: ASYNC109
    ) -> Sent:
        """The first edit, deletion, reaction … that fits."""
        return await self.wait_until(
            lambda: next((s for s in self.effects(chat_id, method) if predicate(s)), None), timeout
        )

    async def wait_for_count(self, count: int, chat_id: int | None = None, timeout: float = 10.0) -> list[Sent]:  # noqa: ASYNC109
        """So many new messages."""
        return await self.wait_until(lambda: found if len(found := self.sent(chat_id)) >= count else None, timeout)

    async def wait_for_call(
        self,
        method: str,
        predicate: Callable[[Call], bool] = lambda _: True,
        timeout: float = 10.0,  # noqa: ASYNC109
    ) -> Call:
        """The first finished call that fits."""
        return await self.wait_until(lambda: next((c for c in self.calls(method) if predicate(c)), None), timeout)

    async def wait_until(self, look: Callable[[], Found | None], timeout: float = 10.0) -> Found:  # noqa: ASYNC109
        """The first non-None value of `look`, asked again whenever something happened."""
        return await self.world.changed.until(look, timeout)
