"""Where a Telegram message goes: a chat, or a topic of a forum."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """A chat and, in a forum, a topic. Written `-100123` or `-100123/45`, as `conversations.chat` holds it."""

    chat_id: int
    topic: int | None = None

    def __str__(self) -> str:
        return str(self.chat_id) if self.topic is None else f"{self.chat_id}/{self.topic}"

    @property
    def is_group(self) -> bool:
        """Groups have negative ids."""
        return self.chat_id < 0

    @classmethod
    def read(cls, text: str) -> "Address":
        """The address that `str` wrote."""
        chat, _, topic = text.partition("/")
        return cls(int(chat), int(topic) if topic else None)
