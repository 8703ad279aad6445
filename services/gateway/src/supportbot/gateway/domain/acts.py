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


@dataclass(frozen=True, slots=True)
class SendFile:
    """A file that is sent, with a line below it."""

    name: str
    content: bytes
    caption: str


Act = TelegramMessage | SendFile
