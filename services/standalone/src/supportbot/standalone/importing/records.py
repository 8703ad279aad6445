"""What is read from another bot's database, before anything is stored; and what was left there, with the reason."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

NO_CHAT = "no Telegram id"
NO_TEXT = "nothing is said in it"
NO_SPEAKER = "it is not known who said it"


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a person, or a reply to them."""

    source: str
    """Table, row and part: the same each time the database is read."""
    who: str
    """user, machine or person."""
    text: str
    at: datetime
    waits: bool = False
    """Whether it is a request that nobody has answered."""


@dataclass(slots=True)
class Chat:
    """Everything of one person."""

    telegram_id: int
    name: str = ""
    language: str = "und"
    is_banned: bool = False
    said: list[Said] = field(default_factory=list)


@dataclass(slots=True)
class Found:
    """All that was read."""

    chats: dict[int, Chat] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    """What each table was taken as."""
    left: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Rows that were not taken, by table and reason."""
    guessed_times: int = 0
    """Messages whose time could not be read."""

    def chat(self, telegram_id: int) -> Chat:
        """The one of a person."""
        return self.chats.setdefault(telegram_id, Chat(telegram_id))
