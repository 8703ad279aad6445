"""What the API says about documents."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from supportbot.admin_api.documents.examples import DOCUMENT, PAGE
from supportbot.common.database.document_progress import Activity, Stage

Origin = Literal["folder", "given", "sample", "upload"]
State = Literal["received", "indexing", "live", "failed", "removing"]


class DocumentProgress(BaseModel):
    """How far the work on a document's newest content is."""

    stage: Stage = Field(
        description="What has been reached: `received` (stored), `parsed` (its text was made out), `chunked` (cut into "
        "passages), `embedded` (vectors are there, where they are wanted before it is searched), `indexed`, `live`"
    )
    activity: Activity = Field(
        description="What is being done to reach the next: `reading`, `describing` (a model writes contexts), "
        "`embedding`, `indexing`; empty where nobody is at it"
    )
    done: int = Field(description="How much of that is done, of `total`")
    total: int = Field(description="0 where it cannot be counted")
    tries: int = Field(description="How often it was taken up")
    began_at: datetime | None = Field(description="When it was taken up for the first time")
    stage_since: datetime | None = Field(description="Since when that is being done, or the stage lasts")
    eta_seconds: float | None = Field(description="How long that will still take, by its pace; null where unknown")
    next_try_at: datetime | None = Field(description="When a paused one is taken up again")


class Document(BaseModel):
    """A document, and how far it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [DOCUMENT]})

    id: str = Field(description="Stays the same over all versions")
    name: str
    origin: Origin = Field(description="Only documents of origin `upload` can be removed here")
    state: State = Field(
        description="`received`: waits to be indexed. `live`: answers are made from this version. `failed`: `reason` "
        "says why"
    )
    progress: DocumentProgress
    summary: str = Field("", description="How far it is, for a person; in the language of `Accept-Language`")
    reason: str | None = Field(description="Why it failed, or has to wait, and what to do; in that language")
    warning: str | None = Field(description="What is not quite right with what is live; in that language")
    serving: bool = Field(
        description="Whether answers are made from it; in another state than `live`: from the version before"
    )
    serving_number: int | None = Field(
        description="Number of the version that serves, of an upload; see its versions for the others"
    )
    version: str = Field(description="Of the newest content; for an upload its SHA-256")
    title: str
    language: str = Field(description="Of most of its passages, or as it was given")
    language_given: str | None = Field(description="As somebody set it; null where it is found out")
    audience: str = Field(description="`public`, or `operators`: then no answer is made from it")
    tags: list[str] = Field(description="What it is filed under")
    expires_at: datetime | None = Field(description="From when on it is not found")
    expired: bool = Field(description="Whether that is so now")
    revision: int = Field(description="Of audience, tags, language and date: what `If-Match` has to name")
    access_applied: bool = Field(description="Whether searches go by this audience and date already")
    size: int = Field(description="Bytes")
    passages: int
    received_at: datetime | None = Field(description="When this version came in")
    indexed_at: datetime | None = Field(description="Since when what serves serves")
    updated_at: datetime


class DocumentPage(BaseModel):
    """Some documents, in the order of their ids."""

    model_config = ConfigDict(json_schema_extra={"examples": [PAGE]})

    items: list[Document]
    next: str | None = Field(description="What to give as `after` for the next page; null at the end")
