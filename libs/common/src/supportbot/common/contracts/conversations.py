"""Stream `conversation`: what people who ask do."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from supportbot.common.contracts.envelope import Event


class QuestionAsked(Event):
    """A turn is due at `due_at`: a message came, or a person handed the conversation back (then without a text)."""

    routing_key: ClassVar[str] = "conversation.question_asked"
    conversation_id: UUID
    seq: int
    channel: str
    text: str
    due_at: AwareDatetime | None = None


class MessageEdited(Event):
    """A message was changed by its author and waits to be answered anew as `seq`."""

    routing_key: ClassVar[str] = "conversation.message_edited"
    conversation_id: UUID
    seq: int
    text: str
    due_at: AwareDatetime | None = None


class ConversationClosed(Event):
    """A conversation was closed; the next message opens it again."""

    routing_key: ClassVar[str] = "conversation.closed"
    conversation_id: UUID
