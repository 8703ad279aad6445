"""Chats, users and messages as the fake remembers them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

ChatType = Literal["private", "group", "supergroup"]


@dataclass
class User:
    """A person who writes to the bot."""

    id: int
    first_name: str
    username: str | None = None
    language_code: str | None = "en"
    last_name: str | None = None

    def payload(self) -> dict[str, Any]:
        """The User object."""
        optional = {
            "last_name": self.last_name,
            "username": self.username,
            "language_code": self.language_code,
        }
        return {"id": self.id, "is_bot": False, "first_name": self.first_name} | {
            name: value for name, value in optional.items() if value is not None
        }


@dataclass
class Topic:
    """A thread of a forum."""

    thread_id: int
    name: str
    icon_color: int
    closed: bool = False


@dataclass
class StoredMessage:
    """One message of a chat in its present form."""

    payload: dict[str, Any]
    from_bot: bool
    deleted: bool = False
    reactions: dict[int, str] = field(default_factory=dict)  # of people, by their id

    @property
    def message_id(self) -> int:
        return int(self.payload["message_id"])


@dataclass(frozen=True)
class Draft:
    """What a bot is writing, as its chat shows it."""

    draft_id: int
    text: str  # empty: "Thinking…"
    entities: tuple[dict[str, Any], ...]
    at: datetime
    thread_id: int | None = None
    can_stop: bool = False
    keep_on_stop: bool = False
    after_stop: bool = False  # the person had stopped it before


@dataclass
class Chat:
    """One chat the bot can be in, with everything written there."""

    id: int
    type: ChatType
    title: str | None = None
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    is_forum: bool = False
    messages: dict[int, StoredMessage] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    barred: str | None = None  # why the bot cannot write here, in Telegram's words
    migrated_to: int | None = None
    draft: Draft | None = None
    stopped: set[int] = field(default_factory=set)

    def payload(self) -> dict[str, Any]:
        """The Chat object."""
        result: dict[str, Any] = {"id": self.id, "type": self.type}
        for name in ("title", "username", "first_name", "last_name"):
            value = getattr(self, name)
            if value is not None:
                result[name] = value
        if self.is_forum:
            result["is_forum"] = True
        return result

    @property
    def is_group(self) -> bool:
        return self.type != "private"

    def live(self, message_id: int) -> StoredMessage | None:
        """The message, unless it was deleted or never was."""
        found = self.messages.get(message_id)
        return None if found is None or found.deleted else found


@dataclass(frozen=True)
class Sent:
    """One visible thing the bot did: a new message, an edit, a deletion, a reaction."""

    number: int
    at: datetime
    method: str
    chat_id: int
    message_id: int
    text: str
    entities: tuple[dict[str, Any], ...] = ()
    reply_markup: dict[str, Any] | None = None
    thread_id: int | None = None
    reply_to: int | None = None
    source: str = ""  # the text as it was submitted, before entities were parsed
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One request to the Bot API and how it ended."""

    number: int
    at: datetime
    method: str
    params: dict[str, str]
    chat_id: int | None
    status: int
    outcome: str  # ok, error, failed, failed after accept, hung, reset, …
