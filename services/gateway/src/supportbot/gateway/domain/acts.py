"""What one row of `outbound` makes Telegram do."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class EditMessage:
    """A message of ours that becomes another; doing it twice changes nothing."""

    message_id: int
    message: TelegramMessage


@dataclass(frozen=True, slots=True)
class SendFile:
    """A file that is sent, with a line below it."""

    name: str
    content: bytes
    caption: str


@dataclass(frozen=True, slots=True)
class CopyMessages:
    """Messages that somebody sent, whole and together, in another chat."""

    from_chat: int
    message_ids: tuple[int, ...]


Act = TelegramMessage | EditMessage | CopyMessages | SendFile
