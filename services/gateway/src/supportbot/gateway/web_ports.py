"""What the web chat needs from the store."""

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from supportbot.common.ids import ConversationId
from supportbot.gateway.domain.timeline import Cursor, Entry, OpenedSource, Standing


class WebConversations(Protocol):
    """Reads conversations of web visitors. `chat` is the hash of a visitor's key; nobody sees another's rows."""

    async def standing(self, chat: str) -> Standing:
        """Where the visitor's conversation stands."""
        ...

    async def standings(self, chats: Sequence[str]) -> Mapping[str, Standing]:
        """Where the conversations of several visitors stand, without the names of those who answer."""
        ...

    async def newest(self, conversation_id: ConversationId, limit: int) -> list[Entry]:
        """The newest entries, in order."""
        ...

    async def news(self, chat: str, cursor: Cursor) -> tuple[Standing, list[Entry]]:
        """Where the visitor's conversation stands, and entries that the page has not seen, in order."""
        ...

    async def seq_of(self, chat: str, text: str) -> int | None:
        """The number of the visitor's newest message with this text."""
        ...

    async def opened_source(self, chat: str, reply_key: str, number: int) -> OpenedSource | None:
        """A source of one of the visitor's replies with the passage around it."""
        ...

    async def sent_file(self, chat: str, reply_key: str) -> tuple[ConversationId, UUID] | None:
        """The file that one of the replies to the visitor is, with the conversation in which it stands."""
        ...

    async def owner_of(self, chat: str, reply_key: str) -> ConversationId | None:
        """The visitor's conversation, if this reply belongs to it and can be rated."""
        ...
