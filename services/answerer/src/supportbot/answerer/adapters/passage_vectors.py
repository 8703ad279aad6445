"""How near passages are to a question in sense, by embeddings; what a passage cost once is kept in the database."""

import hashlib
from array import array
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.answerer.domain.budget import Budget
from supportbot.answerer.model_ports import Embedder, Vector
from supportbot.common.database.clock import now
from supportbot.common.database.learning_tables import paid_results
from supportbot.common.database.statements import insert_if_absent
from supportbot.common.database.transactions import Database, DatabaseUnavailableError, Transaction
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.vectors import passage_text
from supportbot.common.telemetry.logging import logger

KIND: Final = "embedding"
_REMEMBERED: Final = 2000
"""Passages whose vectors stay in memory: 1,536 dimensions take 6 KB each."""
_log = logger(__name__)
_c = paid_results.c


class PassageVectors:
    """Senses. Vectors of another model are never found: its name is part of the key."""

    def __init__(self, embedder: Embedder, database: Database | None) -> None:
        self.embedder = embedder
        self._database = database
        self._known: OrderedDict[str, array[float]] = OrderedDict()

    async def likeness(self, question: str, passages: Sequence[Passage], budget: Budget) -> list[float]:
        """See Senses."""
        texts = {_digest(text): text for text in map(passage_text, passages)}
        await self._recall(texts)
        missing = [digest for digest in texts if digest not in self._known]
        if missing:
            vectors = await self.embedder.embed([texts[digest] for digest in missing], budget)
            await self._keep(dict(zip(missing, vectors, strict=True)))
        (asked,) = await self.embedder.embed([question], budget)
        found = [_dot(asked, self._known[_digest(passage_text(passage))]) for passage in passages]
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return found

    async def _recall(self, digests: Sequence[str] | dict[str, str]) -> None:
        wanted = [digest for digest in digests if digest not in self._known]
        if not wanted or self._database is None:
            return
        stored = select(_c.digest, _c.result).where(
            _c.kind == KIND, _c.model == self.embedder.model, _c.digest.in_(wanted)
        )

        async def look(connection: AsyncConnection) -> list[tuple[str, bytes]]:
            return [(row.digest, row.result) for row in await connection.execute(stored)]

        for digest, packed in await self._database.read(look):
            self._known[digest] = array("f", packed)

    async def _keep(self, vectors: dict[str, Vector]) -> None:
        packed = {digest: array("f", vector) for digest, vector in vectors.items()}
        self._known.update(packed)
        if self._database is None:
            return

        async def store(tx: Transaction) -> None:
            for digest, vector in packed.items():
                row = {"kind": KIND, "model": self.embedder.model, "digest": digest, "result": vector.tobytes()}
                await insert_if_absent(tx, paid_results, {**row, "created_at": now()})

        try:
            await self._database.write(store, lane="relaxed")
        except DatabaseUnavailableError as error:
            _log.warning("Paid embeddings could not be kept", error=str(error))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _dot(one: Vector, other: "array[float]") -> float:
    """Of unit vectors: their cosine. Of different lengths, which a model's change of mind would be, nothing."""
    return sum(map(float.__mul__, one, other)) if len(one) == len(other) else 0.0
