"""A burst: what the messages of a turn ask, taken together."""

from collections.abc import Sequence
from dataclasses import dataclass

from supportbot.common.database.turn_contents import TurnMessage

ATTACHMENTS = frozenset(
    ("photo", "document", "video", "animation", "audio", "voice", "video_note", "location", "venue", "contact", "poll")
)
"""What may be the very thing that is asked about, and that only a person can look at."""
READABLE = "text"
WANTS_PERSON = "person"
START = "start"


@dataclass(frozen=True, slots=True)
class Burst:
    """The messages of a turn as one question, or what they are instead of one."""

    text: str
    wants_person: bool
    started: bool
    unreadable: bool
    """Everything in it was of a kind in which nothing is said, such as a sticker."""
    has_attachment: bool = False
    """Something came with it that only a person can look at."""


def read_burst(messages: Sequence[TurnMessage]) -> Burst:
    """Join a burst of messages into one question. Words win over what cannot be read beside them."""
    text = "\n".join(message.text for message in messages if message.text.strip())
    kinds = {message.kind for message in messages}
    return Burst(
        text=text,
        wants_person=WANTS_PERSON in kinds,
        started=not text and START in kinds,
        unreadable=not text and not kinds & {READABLE, WANTS_PERSON, START},
        has_attachment=bool(kinds & ATTACHMENTS),
    )
