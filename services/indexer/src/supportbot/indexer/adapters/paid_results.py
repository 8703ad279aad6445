"""What models made of documents, each paid for once: kept in the database by kind, model and the digest of the text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import now
from supportbot.common.database.schema.learning_tables import paid_results
from supportbot.common.database.statements import insert_if_absent
from supportbot.common.database.transactions import Database, Transaction

_LOOKED_UP: Final = 200
_c = paid_results.c


@dataclass(frozen=True, slots=True)
class PaidResults:
    """The results of one kind."""

    database: Database
    kind: str

    async def recall(self, model: str, digests: Sequence[str]) -> dict[str, bytes]:
        """Those that are kept, by digest."""
        known: dict[str, bytes] = {}
        for start in range(0, len(digests), _LOOKED_UP):
            known |= await self.database.read(partial(self._look, model, digests[start : start + _LOOKED_UP]))
        return known

    async def keep(self, tx: Transaction, model: str, results: Mapping[str, bytes]) -> None:
        """Store results by digest; those that another process has stored stay."""
        for digest, result in results.items():
            row = {"kind": self.kind, "model": model, "digest": digest, "result": result}
            await insert_if_absent(tx, paid_results, {**row, "created_at": now()})

    async def _look(self, model: str, digests: Sequence[str], connection: AsyncConnection) -> dict[str, bytes]:
        wanted = select(_c.digest, _c.result).where(
            _c.kind == self.kind, _c.model == model, _c.digest.in_(list(digests))
        )
        return {row.digest: row.result for row in await connection.execute(wanted)}
