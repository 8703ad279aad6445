"""Keeps an answerer's threshold as administrators chose it last, in whichever process they did."""

import asyncio
import contextlib
from typing import Final

from supportbot.answerer.use_cases.answer_question import AnswerQuestion
from supportbot.common.bus.port import Bus
from supportbot.common.contracts import Event, SettingChosen
from supportbot.common.database.chosen_settings import chosen_threshold
from supportbot.common.database.transactions import Database, DatabaseUnavailableError
from supportbot.common.telemetry.logging import logger

EVERY_S: Final = 5.0
_log = logger(__name__)


class ChosenThreshold:
    """Looks for it in the database: once, whenever somebody rings, and every few seconds."""

    def __init__(self, database: Database, bus: Bus, answer: AnswerQuestion) -> None:
        self._database = database
        self._bus = bus
        self._answer = answer
        self._of_environment = answer.threshold
        self._rung = asyncio.Event()

    async def take(self) -> None:
        """Take what holds now. Without a database what holds stays."""
        try:
            found = await self._database.read(chosen_threshold)
        except DatabaseUnavailableError:
            return
        wanted = self._of_environment if found is None else found
        if wanted != self._answer.threshold:
            _log.info("Another threshold holds", threshold=wanted, before=self._answer.threshold)
            self._answer.threshold = wanted

    async def take_forever(self) -> None:
        """Until cancelled."""

        async def ring(_event: Event) -> None:
            self._rung.set()

        unlisten = self._bus.listen((SettingChosen,), ring)
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(EVERY_S):
                        await self._rung.wait()
                self._rung.clear()
                await self.take()
        finally:
            unlisten()
