"""What the API says about conversations, and takes."""

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from supportbot.admin_api.inbox.triage import LABEL_CHARACTERS, LABELS_MOST
from supportbot.common.plain_text import TEXT_LIMIT

Mode = Literal["machine", "person", "closed"]
State = Literal["waiting", "unassigned", "snoozed", "closed", "all"]
Label = Annotated[str, StringConstraints(min_length=1, max_length=LABEL_CHARACTERS)]
_ID: Final = "0197a1b2-6f00-7c3d-9e10-2b4c5d6e7f80"
_AT: Final = "2026-03-02T09:15:00Z"
_STRICT: Final = ConfigDict(extra="forbid")


class ConversationLine(BaseModel):
    """A conversation in a list."""

    id: UUID = Field(examples=[_ID])
    channel: str = Field(examples=["telegram"])
    user_name: str = Field(examples=["Clara"])
    mode: str = Field(description="Who answers: machine, person, or closed", examples=["person"])
    waiting_since: datetime | None = Field(description="Since when a person is waited for", examples=[_AT])
    reason: str = Field(description="Why it was handed over", examples=["low_confidence"])
    preview: str = Field(description="The question that waits, else the newest line", examples=["Is it covered?"])
    taken_by: str = Field(description="Name of the operator who has it", examples=["Anna"])
    assigned_to: UUID | None = Field(description="Id of the operator who has it", examples=[_ID])
    priority: int = Field(ge=0, le=2, description="0, 1 (high) or 2 (urgent)", examples=[1])
    labels: list[str] = Field(examples=[["billing"]])
    snoozed_until: datetime | None = Field(description="Out of sight until then", examples=[None])
    active_at: datetime = Field(description="When the newest message or reply came", examples=[_AT])


class ConversationPage(BaseModel):
    """Some conversations, those that began last first."""

    items: list[ConversationLine]
    next: UUID | None = Field(description="What to give as `after` for the next page; null at the end")


class EntryFile(BaseModel):
    """A file that somebody sent."""

    id: UUID = Field(description="For GET …/files/{file_id}", examples=[_ID])
    kind: str = Field(description="photo, document, voice, video, …", examples=["photo"])
    name: str = Field(description="As whoever sent it called it; may be empty", examples=["invoice.pdf"])
    size: int | None = Field(description="Bytes, where that is known", examples=[48213])


class Entry(BaseModel):
    """Something that was said."""

    author: str = Field(description="visitor, machine, person, or note: a word among colleagues", examples=["visitor"])
    author_name: str = Field(examples=[""])
    kind: str = Field(description="text, or what it was besides", examples=["text"])
    text: str = Field(examples=["Is it covered?"])
    at: datetime = Field(examples=[_AT])
    seq: int = Field(description="Of a visitor's message: its number; else 0", examples=[1])
    status: str = Field(description="Of a reply: how far it is on its way", examples=["sent"])
    confidence: float | None = Field(description="Of the machine's answer", examples=[None])
    files: list[EntryFile] = Field(description="What was sent with it", examples=[[]])


class Conversation(ConversationLine):
    """A conversation with what was said last."""

    language: str = Field(examples=["en"])
    created_at: datetime = Field(examples=[_AT])
    entries: list[Entry] = Field(description="The newest 200, in their order")
    has_earlier: bool = Field(description="Whether more was said before them", examples=[False])
    seen: int = Field(description="The newest message among them, for `seen` of a reply", examples=[1])
    suggestion: str | None = Field(description="An answer of which the machine was not sure", examples=["30 days."])


class ReplyToSend(BaseModel):
    """A reply to the person who asked."""

    model_config = _STRICT
    text: str = Field(min_length=1, max_length=TEXT_LIMIT, examples=["Yes, for thirty days."])
    seen: int = Field(
        0, ge=0, le=2**31 - 1, description="The newest message that it deals with; later ones wait on", examples=[1]
    )


class NoteToKeep(BaseModel):
    """A note for colleagues."""

    model_config = _STRICT
    text: str = Field(min_length=1, max_length=TEXT_LIMIT, examples=["Asked the warehouse."])


class ConversationChange(BaseModel):
    """What is to be different; what is not given stays."""

    model_config = _STRICT
    mode: Mode | None = Field(
        None, description="person takes it over, machine hands it back, closed closes it", examples=["person"]
    )
    assigned_to: UUID | None = Field(
        None, description="Operator who has it from now on, and answers; null: nobody", examples=[_ID]
    )
    priority: Literal[0, 1, 2] | None = Field(None, examples=[1])
    labels: list[Label] | None = Field(None, max_length=LABELS_MOST, description="All of them", examples=[["billing"]])
    snoozed_until: AwareDatetime | None = Field(
        None, description="Out of sight until then, at most a year; null ends it", examples=["2027-01-04T08:00:00Z"]
    )
