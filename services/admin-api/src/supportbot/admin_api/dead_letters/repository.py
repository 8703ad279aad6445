"""Reads dead letters from the database."""

from dataclasses import asdict

from supportbot.admin_api.dead_letters.schemas import DeadLetter, DeadLetterPage, TracedDeadLetter
from supportbot.common.database import dead_letters as letters
from supportbot.common.database.transactions import Database
from supportbot.common.ids import EscalationId


class DeadLetterRepository:
    """What is stored about dead letters."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def one(self, letter_id: EscalationId) -> TracedDeadLetter:
        """A dead letter with its trace; raises NoDeadLetterError."""
        found = await self._database.read(lambda connection: letters.dead_letter(connection, letter_id))
        return TracedDeadLetter(**asdict(found))

    async def page(self, *, only_open: bool, limit: int, after: EscalationId | None) -> DeadLetterPage:
        """The newest, or those that follow `after`."""
        found = await self._database.read(
            lambda connection: letters.dead_letters(connection, only_open=only_open, limit=limit + 1, after=after)
        )
        items = [DeadLetter(**asdict(letter)) for letter in found[:limit]]
        return DeadLetterPage(items=items, next=items[-1].id if len(found) > limit else None)
