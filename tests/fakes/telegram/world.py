"""Everything one bot's Telegram knows: its chats, updates, webhook, scripts and the record of what it did."""

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.fakes.pulse import Pulse
from tests.fakes.telegram.chats import Call, Chat, Draft, Sent, StoredMessage, User
from tests.fakes.telegram.errors import ApiError, bad_request, forbidden
from tests.fakes.telegram.failures import FailureScript
from tests.fakes.telegram.limits import RateLimits
from tests.fakes.telegram.update_queue import UpdateQueue


@dataclass
class WebhookState:
    """What setWebhook set and how delivery goes."""

    url: str = ""
    secret_token: str = ""
    max_connections: int = 40
    ip_address: str | None = None
    last_error_at: datetime | None = None
    last_error_message: str | None = None


@dataclass
class Callback:
    """A pressed button that waits for answerCallbackQuery."""

    id: str
    chat_id: int
    message_id: int
    data: str
    answer: dict[str, str] | None = None


class BotWorld:
    """The state behind one token."""

    def __init__(self, token: str, username: str, clock: Callable[[], datetime] | None = None) -> None:
        self.token = token
        bot_id = int(token.split(":", maxsplit=1)[0]) if token.split(":", maxsplit=1)[0].isdigit() else 1
        self.me = {"id": bot_id, "is_bot": True, "first_name": username, "username": username}
        self.now = clock or (lambda: datetime.now(UTC))
        self.chats: dict[int, Chat] = {}
        self.users: dict[int, User] = {}
        self.queue = UpdateQueue(first_id=random.randrange(100_000_000, 800_000_000))
        self.failures = FailureScript()
        self.limits = RateLimits()
        self.webhook = WebhookState()
        self.callbacks: dict[str, Callback] = {}
        self.files: dict[str, bytes] = {}
        self.local_files: Path | None = None  # the folder of a server that runs with --local
        self.local_name = "/var/lib/telegram-bot-api"  # what that folder is called there
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.poller: object | None = None
        self.insecure_webhooks = True  # http and any port; False is as strict as Telegram
        self.webhook_fault = ""  # why no delivery succeeds, in Telegram's words
        self.routes: dict[str, list[str]] = {}  # host of a webhook URL -> loopback bases that take turns for it
        self.changed = Pulse()
        self.sent: list[Sent] = []
        self.drafts: list[tuple[int, Draft]] = []
        self.sent_to: defaultdict[int, list[Sent]] = defaultdict(list)
        self.calls: list[Call] = []
        self.counts: Counter[tuple[str, str]] = Counter()
        self.webhook_deliveries: Counter[str] = Counter()
        self.webhook_waits: list[tuple[float, float]] = []  # when an answer came (time.monotonic), and after how long
        self._numbers = itertools.count(1)
        self._account_ids = itertools.count(101)
        self._supergroup_ids: dict[int, itertools.count[int]] = {}

    def next_number(self) -> int:
        return next(self._numbers)

    def next_message_id(self, chat: Chat) -> int:
        """Supergroups count for themselves; all other chats of an account share one counter."""
        if chat.type != "supergroup":
            return next(self._account_ids)
        return next(self._supergroup_ids.setdefault(chat.id, itertools.count(2)))

    def chat(self, chat_id: str | int) -> Chat:
        """The chat of a call; refuses unknown, barred and migrated ones."""
        text = str(chat_id).strip()
        if not text:
            raise bad_request("chat_id is empty")
        if text.startswith("@"):
            found = next((chat for chat in self.chats.values() if chat.username == text[1:]), None)
        else:
            found = self.chats.get(int(text)) if text.lstrip("-").isdecimal() else None
        if found is None:
            raise bad_request("chat not found")
        if found.migrated_to is not None:
            what = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, what, {"migrate_to_chat_id": found.migrated_to})
        return found

    def writable(self, chat_id: str | int) -> Chat:
        """The chat of a call that writes."""
        chat = self.chat(chat_id)
        if chat.barred:
            raise forbidden(chat.barred)
        return chat

    def record_sent(self, sent: Sent) -> None:
        self.sent.append(sent)
        self.sent_to[sent.chat_id].append(sent)
        self.changed.beat()

    def record_call(self, call: Call) -> None:
        self.calls.append(call)
        self.counts[call.method, call.outcome] += 1
        self.changed.beat()

    def store(self, chat: Chat, payload: dict[str, Any], *, from_bot: bool) -> StoredMessage:
        """Keeps a message under its id."""
        message = StoredMessage(payload, from_bot)
        chat.messages[message.message_id] = message
        return message


def numeric_chat(value: str) -> int | None:
    """The chat id of a call for the record, where it is a number."""
    return int(value) if value.lstrip("-").isdecimal() else None
