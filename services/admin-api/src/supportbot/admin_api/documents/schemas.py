"""What the API says about documents."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

Origin = Literal["folder", "given", "sample", "upload"]
State = Literal["received", "indexing", "live", "failed", "removing"]


class Document(BaseModel):
    """A document, and how far it is."""

    id: str = Field(description="Stays the same over all versions")
    name: str
    origin: Origin = Field(description="Only documents of origin `upload` can be removed here")
    state: State = Field(
        description="`received`: waits to be indexed. `live`: answers are made from this version. `failed`: `reason` "
        "says why"
    )
    reason: str | None = Field(description="Why it failed, or has to wait")
    warning: str | None = Field(description="What is not quite right with what is live")
    serving: bool = Field(
        description="Whether answers are made from it; in another state than `live`: from the version before"
    )
    version: str = Field(description="Of the newest content; for an upload its SHA-256")
    title: str
    language: str
    size: int = Field(description="Bytes")
    passages: int
    received_at: datetime | None = Field(description="When this version came in")
    indexed_at: datetime | None = Field(description="Since when what serves serves")
    updated_at: datetime


class DocumentPage(BaseModel):
    """Some documents, in the order of their ids."""

    items: list[Document]
    next: str | None = Field(description="What to give as `after` for the next page; null at the end")
