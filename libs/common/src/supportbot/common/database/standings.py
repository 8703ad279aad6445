"""What each service says of itself, where the pages of another can read it: settings without secrets, its channels."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.database.clock import now
from supportbot.common.database.schema.standing_tables import standings
from supportbot.common.database.statements import insert_or_update
from supportbot.common.database.transactions import Database, DatabaseUnavailableError, Transaction
from supportbot.common.telemetry.logging import logger

TELL_EVERY_S: Final = 30.0
_c = standings.c
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a service said last. Of several replicas it is whichever spoke last."""

    name: str
    told: Mapping[str, Any]
    told_at: datetime


def told_settings(settings: BaseModel, names: Sequence[str]) -> dict[str, Any]:
    """Settings by the names of their environment variables, as JSON can hold them. Never name a secret here."""
    return {name.upper(): settings.model_dump(mode="json", include={name})[name] for name in names}


async def tell_forever(database: Database, name: str, look: Callable[[], Awaitable[Mapping[str, Any]]]) -> None:
    """Say how it is, again and again. A database that is away hears it the next time."""
    while True:
        told = dict(await look())
        try:
            await database.write(lambda tx, told=told: tell_standing(tx, name, told), lane="relaxed")  # type: ignore[misc]
        except DatabaseUnavailableError as error:
            _log.debug("The pages of administrators are not told how it is", service=name, error=str(error))
        await asyncio.sleep(TELL_EVERY_S)


async def tell_standing(tx: Transaction, name: str, told: Mapping[str, Any]) -> None:
    """Say it once."""
    await insert_or_update(tx, standings, {"name": name, "told": dict(told), "told_at": now()}, key=[_c.name])


async def every_standing(connection: AsyncConnection) -> Mapping[str, Standing]:
    """What all of them said last, by their names."""
    rows = await connection.execute(select(_c.name, _c.told, _c.told_at).order_by(_c.name))
    return {row.name: Standing(row.name, row.told, row.told_at) for row in rows}
