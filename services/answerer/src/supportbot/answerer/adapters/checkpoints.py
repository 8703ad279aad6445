"""Paid replies of models, kept in the database until their turn is long over."""

import asyncio
from dataclasses import asdict, dataclass, replace
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import after, now
from supportbot.common.database.schema.tables import checkpoints, conversations
from supportbot.common.database.statements import insert_if_absent
from supportbot.common.database.transactions import Database, DatabaseUnavailableError, Transaction
from supportbot.common.models.accounts import Accounts
from supportbot.common.models.request import Completion, ModelRequest
from supportbot.common.telemetry.logging import logger

KEPT_S: Final = 2 * 24 * 3600.0
_PRUNE_EVERY_S: Final = 3600.0
_completion: Final = TypeAdapter(Completion)
_log = logger(__name__)


@dataclass(frozen=True)
class TurnCheckpoints:
    """Checkpoints of one turn. See Checkpoints."""

    database: Database
    conversation_id: UUID
    turn_to: int
    configuration: str
    """What a reply depends on beside the request itself; a reply to another configuration is not found."""
    accounts: Accounts

    async def admit(self) -> None:
        """See Checkpoints."""
        await self.accounts.admit(self.conversation_id)

    async def load(self, request: ModelRequest) -> Completion | None:
        """See Checkpoints."""
        wanted = select(checkpoints.c.result).filter_by(**self._key(request))

        async def look(connection: AsyncConnection) -> object:
            return (await connection.execute(wanted)).scalar_one_or_none()

        found = await self.database.read(look)
        return None if found is None else _completion.validate_python(found)

    async def save(self, request: ModelRequest, completion: Completion) -> int | None:
        """See Checkpoints. A database that is away must not cost us what was just paid for."""
        call = self.accounts.priced(request.stage, (completion.model, request.model), completion.usage)

        async def store(tx: Transaction) -> None:
            here = select(conversations.c.id).where(conversations.c.id == self.conversation_id)
            if (await tx.execute(here)).scalar_one_or_none() is None:
                await self.accounts.record(tx, call)
                return
            row = {**self._key(request), "result": asdict(completion), "created_at": now()}
            await insert_if_absent(tx, checkpoints, row)
            await self.accounts.record(tx, replace(call, conversation_id=self.conversation_id, turn_to=self.turn_to))

        self.accounts.count(call)
        try:
            await self.database.write(store, lane="relaxed")
        except DatabaseUnavailableError as error:
            _log.warning("A paid reply could not be kept", stage=request.stage, error=str(error))
        return call.cost

    def _key(self, request: ModelRequest) -> dict[str, object]:
        return {
            "conversation_id": self.conversation_id,
            "turn_to": self.turn_to,
            "stage": request.stage,
            "input_hash": request.fingerprint(),
            "configuration": self.configuration,
        }


@dataclass(frozen=True)
class CountedOnly:
    """Checkpoints of questions that belong to no turn: nothing is kept but what they cost."""

    accounts: Accounts

    async def admit(self) -> None:
        """See Checkpoints."""
        await self.accounts.admit(None)

    async def load(self, request: ModelRequest) -> Completion | None:
        """See Checkpoints."""
        del request
        return None

    async def save(self, request: ModelRequest, completion: Completion) -> int | None:
        """See Checkpoints."""
        call = self.accounts.priced(request.stage, (completion.model, request.model), completion.usage)
        await self.accounts.note(call)
        return call.cost


async def prune_checkpoints(tx: Transaction, older_than_s: float = KEPT_S) -> int:
    """Forget replies whose turns are over. Returns how many."""
    return (await tx.execute(delete(checkpoints).where(checkpoints.c.created_at < after(-older_than_s)))).rowcount


async def prune_forever(database: Database) -> None:
    """Forget old paid replies once in a while."""
    while True:
        try:
            await database.write(prune_checkpoints, lane="relaxed")
        except DatabaseUnavailableError as error:
            _log.warning("Old paid replies could not be forgotten yet", error=str(error))
        await asyncio.sleep(_PRUNE_EVERY_S)
