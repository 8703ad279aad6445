"""What an update from Telegram means to us."""

from dataclasses import dataclass

from supportbot.common.attached_files import FileAtTelegram
from supportbot.common.errors import SupportbotError


class UnreadableUpdateError(SupportbotError):
    """An update that is authentic and that we can make nothing of; it is kept for a person to look at."""

    def __init__(self, reason: str, update_id: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.update_id = update_id


@dataclass(frozen=True, slots=True)
class UserMessage:
    """Something a person wrote or sent, in the form in which it is now."""

    update_id: int
    chat: str
    message_id: int
    kind: str
    text: str
    user_name: str
    language: str
    is_edit: bool = False
    sender_id: int | None = None
    replies_to: int | None = None
    """The bot's message that it answers, if it answers one."""
    command: str = ""
    """What we are told to do, where it is a command for everybody and no question."""
    slash: str = ""
    """The word after a slash with which it begins, whoever may say it, and what follows that word."""
    argument: str = ""
    file: FileAtTelegram | None = None
    """What came with it."""
    quotes: int | None = None
    """The message that it answers, whoever wrote that."""
    album: str = ""
    """What it has in common with the other pieces of an album."""

    @property
    def is_private(self) -> bool:
        """Whether it stands in the chat of whoever wrote it, and of nobody else."""
        return self.chat == str(self.sender_id)

    @property
    def is_unknown_command(self) -> bool:
        """Whether it is nothing but a command, of which there is none: no question would look like that."""
        return bool(self.slash) and not self.argument and not self.command and self.kind == "text"


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    """A press on a button below one of our messages."""

    update_id: int
    query_id: str
    chat: str
    message_id: int
    data: str
    user_name: str
    language: str
    sender_id: int | None = None


@dataclass(frozen=True, slots=True)
class ReachabilityChanged:
    """A person blocked the bot, or came back."""

    update_id: int
    chat: str
    reachable: bool


@dataclass(frozen=True, slots=True)
class Reacted:
    """How somebody feels about a message now; an empty emoji: not in any way any more."""

    update_id: int
    chat: str
    message_id: int
    emoji: str
    sender_id: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerStopped:
    """A person wants no more of the answer that they see being written."""

    update_id: int
    chats: tuple[str, ...]
    """The addresses under which the conversation may be known."""
    turn_to: int
    """The number of the draft is that of its turn."""


@dataclass(frozen=True, slots=True)
class ChatMoved:
    """A group became a supergroup with another id."""

    update_id: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """An update that asks nothing of us."""

    update_id: int
    what: str


TelegramUpdate = UserMessage | ButtonPressed | Reacted | AnswerStopped | ReachabilityChanged | ChatMoved | Ignored
