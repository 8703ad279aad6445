"""What a document was cut into, as it is searched."""

import asyncio

from pydantic import BaseModel, ConfigDict, Field

from supportbot.admin_api.documents.examples import CHUNKS
from supportbot.common.database.document_passages import passages_of
from supportbot.common.database.transactions import Database
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.passages import Passage


class DocumentChunk(BaseModel):
    """A passage of a document."""

    position: int = Field(description="Its place in the document, counted from 0")
    headings: list[str] = Field(description="Those above it, the outermost first")
    text: str
    language: str
    page: int | None = Field(description="On which it begins, counted from 1; null where the document has no pages")
    context: str | None = Field(description="What a model wrote of its place in the document: searched, never quoted")


class DocumentChunks(BaseModel):
    """Some passages of what serves, in their order; none where nothing does."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHUNKS]})

    items: list[DocumentChunk]
    total: int
    next: int | None = Field(description="What to give as `from` for the next page; null at the end")


class ChunkStore:
    """Reads the passages that are kept beside documents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, document_id: str, start: int, limit: int) -> DocumentChunks:
        """The passages from this place on."""
        kept = await self._database.read(lambda connection: passages_of(connection, DocumentId(document_id)))
        passages = [] if kept is None else await asyncio.to_thread(kept.unpack)
        end = start + limit
        items = [shown_chunk(passage) for passage in passages[start:end]]
        return DocumentChunks(items=items, total=len(passages), next=end if end < len(passages) else None)


def shown_chunk(passage: Passage) -> DocumentChunk:
    """A passage as the API shows it."""
    return DocumentChunk(
        position=passage.position,
        headings=list(passage.headings),
        text=passage.text,
        language=passage.language,
        page=passage.page or None,
        context=passage.context or None,
    )
