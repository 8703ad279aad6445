"""Reads costs from the database."""

from dataclasses import asdict
from datetime import date

from supportbot.admin_api.costs.schemas import By, CostLine, Costs
from supportbot.common.database.model_costs import costs
from supportbot.common.database.transactions import Database

_MICRO = 1_000_000


class CostRepository:
    """What was written down about paid replies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sums(self, *, by: By, since: date, until: date, limit: int) -> Costs:
        """Sums of whole days, both of them included."""
        found = await self._database.read(
            lambda connection: costs(connection, by=by, since=since, until=until, limit=limit)
        )
        items = [CostLine(**{**asdict(line), "cost": line.cost / _MICRO}) for line in found]
        return Costs(by=by, since=since, until=until, items=items)
