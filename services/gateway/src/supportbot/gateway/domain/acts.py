"""What one row of `outbound` makes Telegram do."""

from dataclasses import dataclass
from typing import Literal

from supportbot.gateway.domain.buttons import ButtonRows


@dataclass(frozen=True, slots=True)
class TelegramMessage:
    """A message that is sent; `plain` says the same without formatting."""

    html: str
    plain: str
    buttons: ButtonRows = ()
    taps: tuple[str, ...] = ()
    """Texts that the person may send with a tap."""
    replies_to: int | None = None
    """The message in the same chat that it is shown to answer, if that is still there."""
    asks_for_reply: bool = False
    """Whether Telegram begins a reply to it by itself."""


@dataclass(frozen=True, slots=True)
class EditMessage:
    """A message of ours that becomes another; doing it twice changes nothing."""

    message_id: int
    message: TelegramMessage


@dataclass(frozen=True, slots=True)
class EditCaption:
    """What stands below a photo or file of ours that becomes another; doing it twice changes nothing."""

    message_id: int
    html: str
    plain: str


@dataclass(frozen=True, slots=True)
class React:
    """How somebody feels about a message, shown on its twin; an empty emoji takes that back."""

    message_id: int
    emoji: str


@dataclass(frozen=True, slots=True)
class SendFile:
    """A file that is sent, with a line below it."""

    name: str
    content: bytes
    caption: str


@dataclass(frozen=True, slots=True)
class SendStored:
    """A file that is among our contents; where it will not do as a photo, or formatted, it is a document, plain."""

    name: str
    digest: str
    as_photo: bool
    html: str
    plain: str
    replies_to: int | None = None


@dataclass(frozen=True, slots=True)
class DeleteMessage:
    """A message of ours that goes; doing it twice changes nothing."""

    message_id: int


@dataclass(frozen=True, slots=True)
class CopyMessages:
    """Messages that somebody sent, whole and together, in another chat."""

    from_chat: int
    message_ids: tuple[int, ...]
    replies_to: int | None = None


@dataclass(frozen=True, slots=True)
class MakeTopic:
    """A new topic in a group; what it becomes is its id."""

    name: str


@dataclass(frozen=True, slots=True)
class SwitchTopic:
    """A topic that is closed, opened again or deleted; doing it twice changes nothing."""

    step: Literal["close", "reopen", "delete"]


REPEATABLE = (EditMessage, EditCaption, React, DeleteMessage, SwitchTopic)
"""What may simply be done again when nobody knows whether it was."""
DONE_BEFORE = ("is not modified", "topic_not_modified", "message to delete not found", "message thread not found")
"""How Telegram says that there is nothing to do any more."""
Change = EditMessage | EditCaption | React | DeleteMessage
"""What happens to a message that stands there."""
Act = TelegramMessage | Change | CopyMessages | MakeTopic | SwitchTopic | SendFile | SendStored
