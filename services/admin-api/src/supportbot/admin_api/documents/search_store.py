"""Search within the documents for the people who look after them: whatever serves, whoever it is for."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from supportbot.admin_api.documents.chunks import DocumentChunk, shown_chunk
from supportbot.admin_api.documents.examples import FOUND
from supportbot.admin_api.documents.searching import Hit, best, hits_in, wanted_of
from supportbot.common.database.document_passages import ServingPassages, passages_of, serving_passages
from supportbot.common.database.transactions import Database
from supportbot.common.ids import DocumentId

TAKES_AT_MOST_S: Final = 10.0
_AT_ONCE: Final = 20
"""Documents that are read together: of the largest ones some megabytes each."""


class FoundChunk(DocumentChunk):
    """A passage in which words of the query occur."""

    document: str
    title: str
    audience: str = Field(description="`public`, or `operators`: then no answer is made from it")
    expired: bool = Field(description="Whether nobody but operators finds it any more")
    score: float = Field(description="To be compared within this answer only")


class FoundChunks(BaseModel):
    """The best passages first."""

    model_config = ConfigDict(json_schema_extra={"examples": [FOUND]})

    items: list[FoundChunk]
    total: int = Field(description="In how many passages one of the words occurs")
    passages: int = Field(description="How many were looked at")
    complete: bool = Field(description=f"Whether those are all: a search ends after {TAKES_AT_MOST_S:.0f} seconds")


@dataclass(slots=True)
class _Looked:
    hits: list[Hit]
    serving: dict[str, ServingPassages]
    passages: int = 0
    complete: bool = True


class SearchStore:
    """Looks through everything beside other work; one search at a time."""

    def __init__(self, database: Database, takes_at_most_s: float = TAKES_AT_MOST_S) -> None:
        self._database = database
        self._takes_at_most_s = takes_at_most_s
        self._looking = asyncio.Lock()

    async def search(self, query: str, tags: Sequence[str], limit: int) -> FoundChunks:
        """The passages that fit best, of documents that have all of these tags."""
        async with self._looking:
            looked = await self._look(query, tags)
            chosen = await asyncio.to_thread(best, looked.hits, looked.passages, limit)
            items = await self._shown(chosen, looked.serving)
        return FoundChunks(items=items, total=len(looked.hits), passages=looked.passages, complete=looked.complete)

    async def _look(self, query: str, tags: Sequence[str]) -> _Looked:
        looked, wanted = _Looked([], {}), wanted_of(query)
        ends, after = time.monotonic() + self._takes_at_most_s, ""
        while wanted is not None and (part := await self._part(after)):
            for serving in part:
                if time.monotonic() > ends:
                    looked.complete = False
                    return looked
                if not set(tags) <= set(serving.tags):
                    continue
                passages = await asyncio.to_thread(serving.kept.unpack)
                found = await asyncio.to_thread(hits_in, passages, wanted)
                looked.passages += len(passages)
                if found:
                    looked.hits += found
                    looked.serving[serving.kept.document] = serving.without_content()
            after = part[-1].kept.document
        return looked

    async def _part(self, after: str) -> list[ServingPassages]:
        return await self._database.read(lambda connection: serving_passages(connection, after, _AT_ONCE))

    async def _shown(
        self, chosen: Sequence[tuple[Hit, float]], serving: dict[str, ServingPassages]
    ) -> list[FoundChunk]:
        """Read once more, as keeping every passage that fits a little would take much memory."""
        texts = {document: await self._chunks(document) for document in {hit.document for hit, _ in chosen}}
        return [
            FoundChunk(
                **texts[hit.document][hit.position].model_dump(),
                document=hit.document,
                title=serving[hit.document].title,
                audience=serving[hit.document].audience,
                expired=serving[hit.document].expired,
                score=score,
            )
            for hit, score in chosen
            if hit.position in texts[hit.document]  # else it has changed meanwhile
        ]

    async def _chunks(self, document: str) -> dict[int, DocumentChunk]:
        kept = await self._database.read(lambda connection: passages_of(connection, DocumentId(document)))
        passages = [] if kept is None else await asyncio.to_thread(kept.unpack)
        return {passage.position: shown_chunk(passage) for passage in passages}
