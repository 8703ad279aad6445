"""What a person sees at once after an update was stored. None of it matters enough to be stored itself."""

from dataclasses import dataclass

from supportbot.gateway.domain.buttons import Offer


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
    sources: int = 0
    asks_why: bool = False
    offer: Offer = "person"
    queued: bool = False
    """Whether there is something to be sent besides."""


@dataclass(frozen=True, slots=True)
class ReplyPassedOn:
    """An admin's reply is on its way to whoever asked."""

    chat: str
    message_id: int
    queued: bool = True


@dataclass(frozen=True, slots=True)
class ReplyQueued:
    """There is something to be sent, and nothing to be shown besides."""

    queued: bool = True


FollowUp = ButtonNoted | ReplyPassedOn | ReplyQueued
