"""What the inbox shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode
from uuid import UUID

from supportbot.common.ids import ConversationId
from supportbot.common.web.quotes import Marked

View = Literal["waiting", "mine", "unassigned", "snoozed", "closed", "all"]
Author = Literal["visitor", "machine", "person", "note"]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which list somebody looks at."""

    view: View = "waiting"
    label: str = ""
    query: str = ""

    @property
    def in_url(self) -> str:
        """The same in a link."""
        asked = {"view": self.view, "label": self.label, "q": self.query}
        return urlencode({name: value for name, value in asked.items() if value})


@dataclass(frozen=True, slots=True)
class Listed:
    """A conversation as a row of the list."""

    id: ConversationId
    channel: str
    chat: str
    user_name: str
    mode: str
    last_seq: int
    done_seq: int
    out_seq: int
    active_at: datetime
    waiting_since: datetime | None
    """Since when a person has been waited for; None where nobody waits."""
    reason: str
    """Why the newest open question was handed over."""
    preview: str
    preview_by: Author
    taken_by: str = ""
    """Name of the operator who took it."""
    taken_by_id: UUID | None = None
    taken_at: datetime | None = None
    priority: int = 0
    """0, 1 (high) or 2 (urgent)."""
    snoozed_until: datetime | None = None
    snooze_is_over: bool = False
    """Whether it waits because the time has come."""
    labels: tuple[str, ...] = ()

    @property
    def sleeps(self) -> bool:
        """Whether it is out of sight."""
        return self.snoozed_until is not None and not self.snooze_is_over

    @property
    def short_id(self) -> str:
        """Tells visitors without a name apart."""
        return self.chat[-4:].upper()


@dataclass(frozen=True, slots=True)
class Inbox:
    """A view of the list, with the number of those who wait."""

    asked: Asked
    rows: tuple[Listed, ...]
    waiting: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that was found for a question."""

    title: str
    path: tuple[str, ...]
    pieces: Marked
    score: float
    cited: int
    """Its number in the answer; 0 where the answer does not cite it."""
    for_operators: bool = False
    """Whether nobody else may see it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the machine towards its answer."""

    name: str
    ms: float
    notes: tuple[tuple[str, str], ...]
    """What it noted, by name."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """How the machine came to its reply."""

    decision: str
    reason: str
    confidence: float
    right_of_such: float | None
    """Of answers at least so sure the share that is right; None where that was not measured."""
    passages: tuple[Passage, ...]
    marks: tuple[int, ...]
    """For each number by which the reply names a source, the place of that passage among these; 0 where it is not."""
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An answer of which the machine was not sure enough to send it."""

    text: str
    analysis: Analysis


@dataclass(frozen=True, slots=True)
class Kept:
    """What an operator has written and not sent yet."""

    text: str = ""
    is_note: bool = False


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that somebody sent."""

    id: UUID
    conversation_id: UUID
    kind: str
    """One of FILE_KINDS."""
    name: str
    size: int | None

    @property
    def path(self) -> str:
        """Where an operator's browser gets it."""
        return f"/inbox/{self.conversation_id}/files/{self.id}"


@dataclass(frozen=True, slots=True)
class Said:
    """Something said in a conversation, by whomever."""

    key: str
    author: Author
    author_name: str
    kind: str
    text: str
    at: datetime
    seq: int = 0
    status: str = "sent"
    vote: int | None = None
    vote_reason: str = ""
    analysis: Analysis | None = None
    files: tuple[SentFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may be given a conversation."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation on the screen."""

    listed: Listed
    language: str
    created_at: datetime
    said: tuple[Said, ...]
    has_earlier: bool
    labels: tuple[str, ...] = ()
    """Every label that there is, to choose from."""
    colleagues: Sequence[Colleague] = ()
    """To whom it may be given."""
    suggestion: Suggestion | None = None
    """For the newest question that waits."""
    kept: Kept = Kept()
    """Of whoever looks."""
    version: str = ""
    """Another one after every change."""

    @property
    def seen(self) -> int:
        """The newest message on the screen: a reply deals with everything up to it."""
        return max((said.seq for said in self.said), default=0)
