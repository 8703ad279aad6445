"""Stream `feedback`: how answers were received."""

from typing import ClassVar, Literal
from uuid import UUID

from supportbot.common.contracts.envelope import Event

REASONS = ("wrong", "other_question", "unclear", "else")
"""Why an answer did not help."""


class FeedbackGiven(Event):
    """Somebody found a reply helpful (1) or not (-1)."""

    routing_key: ClassVar[str] = "feedback.given"
    conversation_id: UUID
    reply_key: str
    vote: Literal[1, -1]
    reason: str = ""
    """Why it did not help, where that was said: wrong, other_question, unclear or else."""
