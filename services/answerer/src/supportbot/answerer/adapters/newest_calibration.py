"""Keeps an answerer's confidence as `supportbot calibrate` stored it last, whichever process stored it."""

import asyncio
from typing import Final

from supportbot.answerer.domain.recalibration import AS_IS, Recalibration
from supportbot.answerer.use_cases.answer_question import AnswerQuestion
from supportbot.common.database.calibrations import newest_calibration
from supportbot.common.database.transactions import Database, DatabaseUnavailableError

EVERY_S: Final = 60.0


class NewestCalibration:
    """Looks for it in the database, once and then again and again."""

    def __init__(self, database: Database, answer: AnswerQuestion) -> None:
        self._database = database
        self._answer = answer

    async def take(self) -> None:
        """Take the newest. Without a database the one that holds stays."""
        try:
            found = await self._database.read(newest_calibration)
        except DatabaseUnavailableError:
            return
        self._answer.recalibration = Recalibration(found.slope, found.intercept) if found else AS_IS

    async def take_forever(self) -> None:
        """Take it whenever somebody stored another, within a minute."""
        while True:
            await asyncio.sleep(EVERY_S)
            await self.take()
