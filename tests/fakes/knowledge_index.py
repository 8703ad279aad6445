"""A knowledge index in memory: exact scores over plain dictionaries, for tests of what stands on an index."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.access import PUBLIC, Access, Audience
from supportbot.common.knowledge.passages import Candidate, Passage, SparseVector
from supportbot.common.knowledge.port import Advance, KnowledgeIndexUnavailableError, Successor
from supportbot.common.knowledge.senses import DENSE, Sense, SenseSpace, Vector
from supportbot.common.knowledge.vectors import ENCODING, encode_passage


class FakeKnowledgeIndex:
    """See KnowledgeIndex. `broken` makes every call fail as an index does that is away."""

    def __init__(self) -> None:
        self.broken = False
        self.encoded: list[ChunkId] = []
        self._documents: dict[DocumentId, tuple[str, list[Passage]]] = {}
        self._access: dict[DocumentId, Access] = {}
        self._vectors: dict[ChunkId, dict[str, dict[int, float]]] = {}
        self._senses: dict[SenseSpace, dict[ChunkId, Vector]] = {}
        self._space: SenseSpace | None = None

    async def search(
        self,
        vectors: Mapping[str, SparseVector],
        limit: int,
        sense: Sense | None = None,
        reader: Audience = "public",
    ) -> list[Candidate]:
        self._check()
        moment = time.time()
        visible = [
            replace(one, audience=access.audience)
            for one in self._visible()
            if (access := self._access.get(one.document, PUBLIC)).open_to(reader, moment)
        ]
        scores: dict[ChunkId, dict[str, float]] = {}
        for space, vector in vectors.items():
            query = dict(zip(vector.indices, vector.values, strict=True))
            found = [(self._score(passage, space, query), passage.chunk_id) for passage in visible]
            for score, chunk in sorted(found, key=lambda pair: -pair[0])[:limit]:
                if score > 0:
                    scores.setdefault(chunk, {})[space] = score
        if sense is not None:
            known = self._senses.get(sense.space, {})
            near = [
                (sum(map(float.__mul__, sense.vector, known[passage.chunk_id])), passage.chunk_id)
                for passage in visible
                if passage.chunk_id in known
            ]
            for score, chunk in sorted(near, key=lambda pair: -pair[0])[:limit]:
                scores.setdefault(chunk, {})[DENSE] = score
        by_id = {passage.chunk_id: passage for passage in visible}
        return [Candidate(by_id[chunk], by_space) for chunk, by_space in scores.items()]

    async def frequencies(self, space: str, terms: Sequence[int]) -> dict[int, int]:
        self._check()
        stored = [self._vectors[passage.chunk_id][space] for passage in self._visible()]
        counts = {term: sum(term in vector for vector in stored) for term in terms}
        return {term: count for term, count in counts.items() if count}

    async def size(self) -> int:
        self._check()
        return len(self._visible())

    async def has_for_operators(self) -> bool:
        self._check()
        moment = time.time()
        access = [self._access.get(one.document, PUBLIC) for one in self._visible()]
        return any(one.open_to("operators", moment) and not one.open_to("public", moment) for one in access)

    async def neighbours(self, document: DocumentId, positions: Sequence[int]) -> list[Passage]:
        self._check()
        passages = self._documents.get(document, ("", []))[1]
        return [passage for place, passage in enumerate(passages) if place in positions]

    async def replace(
        self,
        document: DocumentId,
        version: str,
        passages: Sequence[Passage],
        advance: Advance | None = None,
        access: Access | None = None,
    ) -> None:
        self._check()
        if access is not None:
            self._access[document] = access
        unique = {passage.chunk_id: passage for passage in sorted(passages, key=lambda passage: passage.position)}
        for chunk, passage in unique.items():
            if chunk not in self._vectors:
                self.encoded.append(chunk)
                self._vectors[chunk] = {
                    space: dict(zip(vector.indices, vector.values, strict=True))
                    for space, vector in encode_passage(passage).items()
                }
        self._documents[document] = (version, list(unique.values()))

    async def restrict(self, document: DocumentId, access: Access) -> None:
        self._check()
        if document in self._documents:
            self._access[document] = access

    async def remove(self, document: DocumentId) -> None:
        self._check()
        self._access.pop(document, None)
        self._documents.pop(document, None)

    async def versions(self) -> dict[DocumentId, str]:
        self._check()
        return {document: version for document, (version, _) in self._documents.items()}

    async def sense_space(self) -> SenseSpace | None:
        self._check()
        return self._space

    async def without_sense(self, document: DocumentId, space: SenseSpace) -> list[Passage]:
        self._check()
        shown = {passage.chunk_id for passage in self._visible()}
        known = {chunk: vector for chunk, vector in self._senses.get(space, {}).items() if chunk in shown}
        self._senses[space] = known
        return [one for one in self._documents.get(document, ("", []))[1] if one.chunk_id not in known]

    async def add_senses(self, document: DocumentId, space: SenseSpace, vectors: Mapping[ChunkId, Vector]) -> None:
        self._check()
        self._senses.setdefault(space, {}).update(vectors)

    async def use_space(self, space: SenseSpace) -> None:
        self._check()
        self._space = space
        self._senses = {space: self._senses.get(space, {})}

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[Successor]:
        self._check()
        built = FakeKnowledgeIndex()

        async def take_over() -> None:
            self._check()
            self._documents, self._access, self._vectors = built._documents, built._access, built._vectors

        yield Successor(built, take_over)

    async def snapshot(self, folder: Path) -> None:
        raise NotImplementedError(f"nothing to write to {folder}: encoding {ENCODING} is kept in memory")

    async def close(self) -> None:
        self.broken = True

    def _visible(self) -> list[Passage]:
        return [passage for _, passages in self._documents.values() for passage in passages]

    def _score(self, passage: Passage, space: str, query: Mapping[int, float]) -> float:
        stored = self._vectors[passage.chunk_id][space]
        return sum(weight * stored.get(term, 0.0) for term, weight in query.items())

    def _check(self) -> None:
        if self.broken:
            raise KnowledgeIndexUnavailableError("the knowledge index is closed; open it again")
