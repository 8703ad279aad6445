"""What became of one request to send."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """It arrived."""

    external_id: int
    others: tuple[int, ...] = ()
    """Of an album: what the further messages became."""

    @property
    def all_ids(self) -> tuple[int, ...]:
        """Of all messages that it became."""
        return (self.external_id, *self.others)


@dataclass(frozen=True, slots=True)
class NotSent:
    """It certainly did not go, and may go later; `pause_s` is how long Telegram wants its chat left alone."""

    error: str
    retry_in_s: float | None = None
    """None: the sender backs off."""
    pause_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The request went out and nobody can know what became of it."""

    error: str


@dataclass(frozen=True, slots=True)
class Failed:
    """It can never go; `unreachable`, because the person blocked us or is gone."""

    error: str
    unreachable: bool = False


@dataclass(frozen=True, slots=True)
class NoTopic:
    """The topic that it was for is gone, or closed; it waits until there is one."""

    error: str
    gone: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """The chat has another id now."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class Unparsable:
    """Telegram does not understand our formatting."""

    error: str


@dataclass(frozen=True, slots=True)
class Unauthorised:
    """Telegram does not accept the bot's token any more."""

    error: str


@dataclass(frozen=True, slots=True)
class DraftShown:
    """The chat shows the draft."""


@dataclass(frozen=True, slots=True)
class DraftTooSoon:
    """Telegram wants no drafts for so long, or could not be asked."""

    retry_after_s: float
    error: str


@dataclass(frozen=True, slots=True)
class DraftRefused:
    """This answer can never be shown in this chat while it is written."""

    error: str


DraftFate = DraftShown | DraftTooSoon | DraftRefused
Settled = Sent | NotSent | Uncertain | Failed | NoTopic
Outcome = Settled | Moved | Unparsable | Unauthorised
