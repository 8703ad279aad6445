"""From which confidence on the machine answers: what holds now, and having another one hold."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.access.audit import Actor, note
from supportbot.admin_api.if_match import ANY, ChangedMeanwhileError
from supportbot.common.database.chosen_settings import (
    THRESHOLD,
    choose,
    chosen,
    hold,
    leave_to_environment,
    threshold_of,
)
from supportbot.common.database.standings import every_standing
from supportbot.common.database.transactions import Database, Transaction
from supportbot.common.digests import digest_of
from supportbot.common.errors import SupportbotError

_USUAL: Final = 0.7
_TYPED: Final = re.compile(r"(?:0?[.,]\d{1,4}|[01](?:[.,]0{1,4})?)", re.ASCII)
"""With a point or, as Russian writes it, a comma."""


class UnfitThresholdError(SupportbotError):
    """It is no number from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What holds, and where it comes from."""

    threshold: float
    of_environment: float
    """`CONFIDENCE_THRESHOLD`, as the answerer told it."""
    by: str = ""
    """Who chose it; empty where the environment's holds."""
    at: datetime | None = None

    @property
    def tag(self) -> str:
        """A short word that is another one after every change."""
        return digest_of(f"{self.threshold} {self.of_environment} {self.by} {self.at}")[:16]


@dataclass(frozen=True, slots=True)
class ThresholdService:
    """Each change is stored with its entry in the audit log and the event that tells answerers of it."""

    database: Database

    async def now(self) -> Holding:
        """What the next question is held against."""
        return await self.database.read(_holding)

    async def choose(self, wanted: float, actor: Actor, expected: str = ANY) -> None:
        """Have another one hold. Raises ChangedMeanwhileError where not that holds whose tag is expected."""

        async def work(tx: Transaction) -> None:
            before = await _expected(tx, expected)
            await choose(tx, THRESHOLD, wanted, by=actor.name)
            await note(tx, actor, "threshold_chosen", THRESHOLD, {"from": before.threshold, "to": wanted})

        await self.database.write(work)

    async def leave_to_environment(self, actor: Actor, expected: str = ANY) -> None:
        """Have `CONFIDENCE_THRESHOLD` hold again. Raises ChangedMeanwhileError."""

        async def work(tx: Transaction) -> None:
            before = await _expected(tx, expected)
            await leave_to_environment(tx, THRESHOLD)
            details = {"from": before.threshold, "to": before.of_environment}
            await note(tx, actor, "threshold_left_to_environment", THRESHOLD, details)

        await self.database.write(work)


def typed_threshold(typed: str) -> float:
    """What somebody typed. Raises UnfitThresholdError."""
    if not _TYPED.fullmatch(typed.strip()):
        raise UnfitThresholdError("A threshold is a number from 0 to 1")
    return float(typed.strip().replace(",", "."))


async def _expected(tx: Transaction, expected: str) -> Holding:
    """What holds before a change; whoever changes it at the same time waits."""
    await hold(tx, THRESHOLD)
    before = await _holding(tx.connection)
    if expected not in {ANY, before.tag}:
        raise ChangedMeanwhileError("The threshold was changed since it was read")
    return before


async def _holding(connection: AsyncConnection) -> Holding:
    answerer = (await every_standing(connection)).get("answerer")
    told = {} if answerer is None else answerer.told.get("settings", {})
    of_environment = float(told.get(THRESHOLD, _USUAL))
    found = await chosen(connection, THRESHOLD)
    threshold = threshold_of(found)
    if threshold is None or found is None:
        return Holding(of_environment, of_environment)
    return Holding(threshold, of_environment, found.by, found.at)
