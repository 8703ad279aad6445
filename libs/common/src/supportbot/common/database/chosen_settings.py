"""Settings that administrators change while everything runs: where none was chosen, the environment's holds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.contracts import SettingChosen
from supportbot.common.database.clock import now
from supportbot.common.database.prepared import prepared
from supportbot.common.database.schema.setting_tables import chosen_settings
from supportbot.common.database.statements import insert_or_update
from supportbot.common.database.transactions import Transaction
from supportbot.common.ids import uuid7

THRESHOLD: Final = "CONFIDENCE_THRESHOLD"
_c = chosen_settings.c


@dataclass(frozen=True, slots=True)
class Chosen:
    """A value, and who chose it when."""

    value: Any
    by: str
    at: datetime


async def chosen(connection: AsyncConnection, name: str) -> Chosen | None:
    """What was chosen for a setting; None where the environment's holds."""
    row = (await connection.execute(_chosen(), {"of_name": name})).one_or_none()
    return None if row is None else Chosen(*row)


@prepared
def _chosen() -> Select[Any]:
    return select(_c.value, _c.chosen_by, _c.chosen_at).where(_c.name == bindparam("of_name"))


async def chosen_threshold(connection: AsyncConnection) -> float | None:
    """The threshold that was chosen; None where none was, or where what stands there is none."""
    return threshold_of(await chosen(connection, THRESHOLD))


def threshold_of(found: Chosen | None) -> float | None:
    """What was chosen as a threshold; None where it is none."""
    value = None if found is None else found.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= 1 else None


async def hold(tx: Transaction, name: str) -> None:
    """Let nobody else change a setting that was chosen until the end of the transaction."""
    await tx.execute(select(_c.name).where(_c.name == name).with_for_update())


async def choose(tx: Transaction, name: str, value: Any, *, by: str) -> None:
    """Have this value hold from now on."""
    row = {"name": name, "value": value, "chosen_by": by[:80], "chosen_at": now()}
    await insert_or_update(tx, chosen_settings, row, key=[_c.name])
    await tx.emit(SettingChosen(correlation_id=uuid7(), name=name))


async def leave_to_environment(tx: Transaction, name: str) -> None:
    """Have the environment's value hold again."""
    await tx.execute(delete(chosen_settings).where(_c.name == name))
    await tx.emit(SettingChosen(correlation_id=uuid7(), name=name))
