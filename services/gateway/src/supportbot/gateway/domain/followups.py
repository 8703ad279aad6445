"""What a person sees at once after an update was stored. None of it matters enough to be stored itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ButtonNoted:
    """A pressed button: it stops spinning, says `text`, and, where a vote was given, the votes give way to it."""

    query_id: str
    text: str
    chat: str = ""
    message_id: int = 0
    vote: int = 0
    reply_key: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class ReplyPassedOn:
    """An admin's reply is on its way to whoever asked."""

    chat: str
    message_id: int


FollowUp = ButtonNoted | ReplyPassedOn
