"""Stream `document`: what happens to documents."""

from typing import ClassVar

from supportbot.common.contracts.envelope import Event


class DocumentUploaded(Event):
    """A new document, or a new version of one, waits to be indexed."""

    routing_key: ClassVar[str] = "document.uploaded"
    document: str
    document_version: str


class DocumentRestricted(Event):
    """Who may find a document, or until when, was changed; the knowledge index has yet to hear of it."""

    routing_key: ClassVar[str] = "document.restricted"
    document: str
    audience: str


class DocumentRemoved(Event):
    """A document is to disappear from answers."""

    routing_key: ClassVar[str] = "document.removed"
    document: str


class DocumentIndexed(Event):
    """A document's version is what answers are made from now."""

    routing_key: ClassVar[str] = "document.indexed"
    document: str
    document_version: str
    passages: int


class DocumentFailed(Event):
    """A document could not be indexed; its older version, if any, still serves."""

    routing_key: ClassVar[str] = "document.failed"
    document: str
    document_version: str
    error: str
