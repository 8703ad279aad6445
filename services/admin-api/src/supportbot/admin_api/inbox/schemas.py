"""What the inbox shows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from supportbot.common.ids import ConversationId
from supportbot.common.web.quotes import Marked

View = Literal["waiting", "mine", "unassigned", "closed", "all"]
Author = Literal["visitor", "machine", "person", "note"]


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

    @property
    def short_id(self) -> str:
        """Tells visitors without a name apart."""
        return self.chat[-4:].upper()


@dataclass(frozen=True, slots=True)
class Inbox:
    """A view of the list, with the number of those who wait."""

    view: View
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


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation on the screen."""

    listed: Listed
    language: str
    created_at: datetime
    said: tuple[Said, ...]
    has_earlier: bool

    @property
    def seen(self) -> int:
        """The newest message on the screen: a reply deals with everything up to it."""
        return max((said.seq for said in self.said), default=0)
