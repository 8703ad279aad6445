"""What the gateway needs of Telegram."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol

from supportbot.common.errors import SupportbotError
from supportbot.gateway.domain.acts import Act
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.delivery import DraftFate, Outcome
from supportbot.gateway.domain.followups import FollowUp
from supportbot.gateway.domain.update_bytes import RawUpdate
from supportbot.gateway.domain.webhook_evidence import WebhookReport


class TelegramError(SupportbotError):
    """Telegram did not do what it was asked; `retry_after_s` is how long it wants to be left alone."""

    def __init__(self, text: str, retry_after_s: float = 0.0) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s


class TokenRefusedError(TelegramError):
    """The bot's token is not valid, or not any more."""


class WebhookRefusedError(TelegramError):
    """Telegram does not accept the webhook as it is asked for; asking again changes nothing."""


class FileRefusedError(TelegramError):
    """Telegram does not give a file, and would not if it were asked again; `problem` is `too_large` or `gone`."""

    def __init__(self, text: str, problem: str) -> None:
        super().__init__(text)
        self.problem = problem


class PollingConflictError(TelegramError):
    """Somebody else fetches the bot's updates, or a webhook is set."""


class Messenger(Protocol):
    """Sends messages of one bot."""

    async def send(self, address: Address, act: Act, *, formatted: bool) -> Outcome:
        """Do it once and say what became of it. Never raises for what Telegram or the network does."""
        ...

    async def follow_up(self, followup: FollowUp) -> None:
        """Show a person that something was taken in. Best effort."""
        ...

    async def show_typing(self, address: Address) -> None:
        """Show that an answer is being written. Best effort."""
        ...


class DraftMessenger(Protocol):
    """Shows, in private chats of one bot, what is being written."""

    async def show_draft(self, address: Address, draft_id: int, text: str) -> DraftFate:
        """Show a text in place of the draft with the same number; an empty one, that nothing is written yet.

        It lasts for 30 seconds, or until a message comes. Never raises for what Telegram or the network does.
        """
        ...


class UpdateSource(Protocol):
    """Fetches updates of one bot."""

    async def fetch(self, offset: int | None) -> list[RawUpdate]:
        """Wait for updates; `offset` confirms those before it.

        Raises:
            TelegramError: there are none to be had now.
        """
        ...

    async def confirm(self, offset: int) -> None:
        """Have updates before `offset` not given again.

        Raises:
            TelegramError: it is not known whether that was done.
        """
        ...

    async def delete_webhook(self) -> None:
        """Make polling possible; updates that wait are kept."""
        ...

    async def set_webhook(self, url: str, secret: str) -> None:
        """Have updates sent to `url`; those that wait are kept.

        Raises:
            WebhookRefusedError: that address will not do.
            TelegramError: it is not known whether that was done.
        """
        ...

    async def webhook(self) -> WebhookReport:
        """How the webhook does."""
        ...


class StoredUpdates(Protocol):
    """Knows which updates of one bot came in."""

    async def newest(self) -> datetime | None:
        """When the newest one of the last minutes was stored, by the database's clock; by whichever process.

        Raises:
            DatabaseUnavailableError: nobody can say.
        """
        ...


class Recordings(Protocol):
    """Gives what people recorded."""

    async def recording(self, file_id: str) -> bytes:
        """The content of a file that Telegram keeps.

        Raises:
            TelegramError: it is not to be had, or too large.
        """
        ...


class SentFiles(Protocol):
    """Gives what people sent."""

    def sent_file(self, file_id: str) -> AsyncIterator[bytes]:
        """The content of a file that Telegram keeps, piece by piece.

        Raises:
            FileRefusedError: it is too large, or Telegram does not have it any more.
            TelegramError: it is not to be had now.
        """
        ...


class Transcriber(Protocol):
    """Writes down what was said."""

    async def transcribe(self, name: str, content: bytes, timeout_s: float) -> str:
        """The words of a recording; empty where there are none. `name` tells its format.

        Raises:
            ModelError: they are not to be had.
        """
        ...
