"""Vectors of passages, each paid for once: what a text cost is kept in the database, whichever passage it is of."""

import hashlib
import struct
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from sqlalchemy import delete

from supportbot.common.database.schema.learning_tables import paid_results
from supportbot.common.database.transactions import Database, DatabaseUnavailableError
from supportbot.common.knowledge.senses import SenseSpace, Vector
from supportbot.common.models.budget import Budget
from supportbot.common.models.ports import Embedder
from supportbot.common.telemetry.logging import logger
from supportbot.indexer.adapters.paid_results import PaidResults
from supportbot.indexer.model_ports import OtherLengthError

KIND: Final = "embedding"
BUDGET_S: Final = 120.0
RETRIES: Final = 6
"""For one batch; nobody waits for it, so a server that asks for a pause gets it."""
_PROBE: Final = "?"
_log = logger(__name__)
_c = paid_results.c


class PaidEmbeddings:
    """PassageEmbedder. Half floats: a vector of 1,536 dimensions takes 3 KB, and finds the same."""

    def __init__(self, embedder: Embedder, database: Database | None, *, model: str, dimensions: int = 0) -> None:
        """Without a database nothing is kept. `dimensions`: see EMBEDDING_DIMENSIONS."""
        self._embedder = embedder
        self._database = database
        self._paid_before = None if database is None else PaidResults(database, KIND)
        self._model = model
        self._dimensions = dimensions

    def makes(self, space: SenseSpace) -> bool:
        """See PassageEmbedder."""
        return space.model == self._model and self._dimensions in (0, space.dimensions)

    async def space(self) -> SenseSpace:
        """See PassageEmbedder."""
        (vector,) = await self._paid([_PROBE])
        return self._space_of(vector)

    async def embed(self, texts: Sequence[str], space: SenseSpace) -> list[Vector]:
        """See PassageEmbedder."""
        wanted = {_digest(text): text for text in texts}
        known = await self._recall(list(wanted), space)
        missing = [digest for digest in wanted if digest not in known]
        if missing:
            made = dict(zip(missing, await self._paid([wanted[digest] for digest in missing]), strict=True))
            await self._keep(made, space)
            known |= made
        found = [known[_digest(text)] for text in texts]
        for vector in found:
            if len(vector) != space.dimensions:
                raise OtherLengthError(self._space_of(vector))
        return found

    async def forget_others(self, space: SenseSpace) -> None:
        """See PassageEmbedder."""
        if self._database is not None:
            others = delete(paid_results).where(_c.kind == KIND, _c.model != _key(space))
            await self._database.write(lambda tx: tx.execute(others), lane="relaxed")

    async def _paid(self, texts: Sequence[str]) -> list[Vector]:
        return await self._embedder.embed(texts, Budget(BUDGET_S, RETRIES), self._model, self._dimensions)

    def _space_of(self, vector: Vector) -> SenseSpace:
        return SenseSpace(self._model, len(vector), shortened=self._dimensions == len(vector))

    async def _recall(self, digests: Sequence[str], space: SenseSpace) -> dict[str, Vector]:
        if self._paid_before is None:
            return {}
        kept = await self._paid_before.recall(_key(space), digests)
        return {digest: _unpacked(packed) for digest, packed in kept.items()}

    async def _keep(self, vectors: Mapping[str, Vector], space: SenseSpace) -> None:
        if self._database is None or self._paid_before is None:
            return
        packed = {digest: _packed(vector) for digest, vector in vectors.items()}
        store = partial(self._paid_before.keep, model=_key(space), results=packed)
        try:
            await self._database.write(store, lane="relaxed")
        except DatabaseUnavailableError as error:
            _log.warning("Paid embeddings could not be kept", error=str(error))


def _key(space: SenseSpace) -> str:
    return f"{space.model}:{space.dimensions}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _packed(vector: Vector) -> bytes:
    return struct.pack(f"<{len(vector)}e", *vector)


def _unpacked(packed: bytes) -> Vector:
    return struct.unpack(f"<{len(packed) // 2}e", packed)
