"""A conversation as its visitor sees it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from supportbot.common.ids import ConversationId
from supportbot.common.web.quotes import Marked
from supportbot.gateway.domain.sources import NAMING_PLACES

SURE_FROM = 0.85
"""From this confidence on an answer is called sure; below, fairly sure."""

Author = Literal["machine", "person"]
Certainty = Literal["sure", "fairly", "check", ""]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a conversation stands; before its first message it has no id."""

    conversation_id: ConversationId | None = None
    last_seq: int = 0
    done_seq: int = 0
    out_seq: int = 0
    mode: str = "machine"
    person_expected: bool = False
    operator: str = ""
    """Who wrote last, of the people."""

    @property
    def place(self) -> tuple[int, int, int, str, bool]:
        """What changes whenever there is something new to show."""
        return (self.last_seq, self.done_seq, self.out_seq, self.mode, self.person_expected)

    @property
    def thinking(self) -> bool:
        """Whether the machine has a question to answer."""
        return self.last_seq > self.done_seq and self.mode == "machine"

    @property
    def state(self) -> Literal["thinking", "person", "waiting", "ready"]:
        """What the header says."""
        if self.mode == "person":
            return "person"
        if self.thinking:
            return "thinking"
        return "waiting" if self.person_expected else "ready"


@dataclass(frozen=True, slots=True)
class Asked:
    """A visitor's message."""

    seq: int
    kind: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Source:
    """A place on which an answer rests, with every sentence that was taken from it."""

    number: int
    document: str
    title: str
    quotes: tuple[str, ...]
    headings: tuple[str, ...] = ()
    url: str = ""
    label: str = ""
    """What tells it from the answer's other sources: its title, or the heading where titles are the same."""
    page: int = 0
    """The page of the document on which the passage begins; 0 where it has none."""


@dataclass(frozen=True, slots=True)
class Replied:
    """A reply of the machine or of a person."""

    key: str
    out_seq: int
    author: Author
    author_name: str
    kind: str
    text: str
    confidence: float | None
    caveat: bool
    sources: tuple[Source, ...]
    marks: tuple[int, ...]
    """For each number by which the text names a source, the number of that source."""
    vote: int | None
    at: datetime
    file_name: str = ""
    """Of a reply that is a file."""

    @property
    def names_places(self) -> bool:
        """Whether it says where an answer stands, or may stand."""
        return self.kind in NAMING_PLACES

    @property
    def rateable(self) -> bool:
        """Whether it makes sense to ask if it helped."""
        return self.author == "machine" and self.kind == "answer"

    @property
    def certainty(self) -> Certainty:
        """The confidence in words' key."""
        if self.kind != "answer" or self.confidence is None:
            return ""
        if self.caveat:
            return "check"
        return "sure" if self.confidence >= SURE_FROM else "fairly"


Entry = Asked | Replied


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a page has seen: the newest message and the newest reply."""

    seq: int = 0
    out_seq: int = 0

    def __str__(self) -> str:
        return f"{self.out_seq}.{self.seq}"

    def is_behind(self, standing: Standing) -> bool:
        """Whether there is something that the page has not seen."""
        return standing.last_seq > self.seq or standing.out_seq > self.out_seq


@dataclass(frozen=True, slots=True)
class Conversation:
    """The newest part of a conversation, in order."""

    standing: Standing
    entries: tuple[Entry, ...] = ()
    has_earlier: bool = False


@dataclass(frozen=True, slots=True)
class OpenedSource:
    """A source with the passage around its quote."""

    source: Source
    pieces: Marked

    @property
    def path(self) -> tuple[str, ...]:
        """The headings above the passage, without the title that stands over them anyway."""
        return tuple(heading for heading in self.source.headings if heading != self.source.title)
