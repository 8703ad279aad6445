"""Looks through the passages of all documents for what they say twice, or differently."""

import asyncio
from collections.abc import Sequence

from pydantic import BaseModel, Field

from supportbot.admin_api.documents.findings import Contradiction, Place, Twins, contradictions, near_duplicates
from supportbot.common.database.document_passages import passages_of, serving_documents
from supportbot.common.database.transactions import Database
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.passages import Passage

MOST_PASSAGES = 20_000
MOST_FINDINGS = 100
_PAGE = 100


class FoundPassage(BaseModel):
    """Where something stands."""

    document: str
    title: str
    position: int = Field(description="Of the passage in the document, counted from 0")
    text: str = Field(description="The passage, or the sentence")
    figures: list[str] = Field(description="In the sentence, with their units")


class NearDuplicate(BaseModel):
    """Two passages that say nearly the same."""

    alike: float = Field(description="The share of word sequences that both have, 0 to 1")
    places: list[FoundPassage]


class FoundContradiction(BaseModel):
    """A sentence that stands in several documents with different figures."""

    places: list[FoundPassage]


class DocumentFindings(BaseModel):
    """What to look at in the documents that serve."""

    near_duplicates: list[NearDuplicate]
    contradictions: list[FoundContradiction]
    passages: int = Field(description="How many were looked at")
    complete: bool = Field(description=f"Whether those are all; at most {MOST_PASSAGES:,} are, and 100 findings a kind")


class FindingStore:
    """Reads everything and compares it beside other work; one look at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._looking = asyncio.Lock()

    async def findings(self) -> DocumentFindings:
        """Look now."""
        async with self._looking:
            passages, complete = await self._passages()
            return await asyncio.to_thread(_found, passages, complete=complete)

    async def _passages(self) -> tuple[list[Passage], bool]:
        gathered: list[Passage] = []
        after = ""
        while names := await self._page(after):
            for name in names:
                kept = await self._database.read(lambda connection, name=name: passages_of(connection, name))  # type: ignore[misc]  # bound at once
                gathered += [] if kept is None else await asyncio.to_thread(kept.unpack)
                if len(gathered) > MOST_PASSAGES:
                    return gathered[:MOST_PASSAGES], False
            after = names[-1]
        return gathered, True

    async def _page(self, after: str) -> list[DocumentId]:
        return await self._database.read(lambda connection: serving_documents(connection, after, _PAGE))


def _found(passages: Sequence[Passage], *, complete: bool) -> DocumentFindings:
    twins, differing = near_duplicates(passages), contradictions(passages)
    return DocumentFindings(
        near_duplicates=[_twins(one) for one in twins[:MOST_FINDINGS]],
        contradictions=[_contradiction(one) for one in differing[:MOST_FINDINGS]],
        passages=len(passages),
        complete=complete and max(len(twins), len(differing)) <= MOST_FINDINGS,
    )


def _twins(twins: Twins) -> NearDuplicate:
    places = [_place(Place(passage, passage.text, ())) for passage in (twins.first, twins.second)]
    return NearDuplicate(alike=twins.alike, places=places)


def _contradiction(found: Contradiction) -> FoundContradiction:
    return FoundContradiction(places=[_place(place) for place in found.places])


def _place(place: Place) -> FoundPassage:
    passage = place.passage
    return FoundPassage(
        document=passage.document,
        title=passage.title,
        position=passage.position,
        text=place.sentence,
        figures=list(place.figures),
    )
