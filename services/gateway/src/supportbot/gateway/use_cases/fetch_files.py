"""Fetch what people sent and somebody wants to see: the bot's token stays here, the content goes among ours."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from supportbot.common.database.attachments import WantedFile, file_came, file_did_not_come, wanted_files
from supportbot.common.database.transactions import Database
from supportbot.common.files.port import Files, FilesUnavailableError, FileTooLargeError
from supportbot.common.ids import BotId
from supportbot.common.telemetry.logging import logger
from supportbot.gateway.metrics import FILES_FETCHED
from supportbot.gateway.ports import FileRefusedError, SentFiles, TelegramError
from supportbot.gateway.use_cases.look_forever import look_forever

LOOK_EVERY_S: Final = 0.5
AT_ONCE: Final = 6
TIMEOUT_S: Final = 30.0
MOST_BYTES: Final = 20_000_000
"""As much as the Bot API gives."""
_log = logger(__name__)


class FileFetcher:
    """Looks for files that one bot has to fetch; only where this process is its sender, so that one is enough."""

    def __init__(
        self, database: Database, bot: BotId, telegram: SentFiles, files: Files, *, is_mine: Callable[[], bool]
    ) -> None:
        self._database = database
        self._bot = bot
        self._telegram = telegram
        self._files = files
        self._is_mine = is_mine

    async def run(self) -> None:
        """Look, for ever."""
        await look_forever(self.look, LOOK_EVERY_S)

    async def look(self) -> None:
        """Fetch what is waited for, until nothing is."""
        while self._is_mine():
            found = await self._database.read(partial(wanted_files, bot=self._bot, limit=AT_ONCE))
            if not found:
                return
            await asyncio.gather(*map(self._fetch, found))

    async def _fetch(self, wanted: WantedFile) -> None:
        if wanted.size is not None and wanted.size > MOST_BYTES:
            return await self._refused(wanted, "too_large", FileTooLargeError(MOST_BYTES))
        try:
            async with asyncio.timeout(TIMEOUT_S):
                stored = await self._files.put(self._telegram.sent_file(wanted.file_id), limit=MOST_BYTES)
        except FileRefusedError as error:
            return await self._refused(wanted, error.problem, error)
        except FileTooLargeError as error:
            return await self._refused(wanted, "too_large", error)
        except (TelegramError, FilesUnavailableError, TimeoutError) as error:
            return await self._refused(wanted, "unavailable", error)
        FILES_FETCHED.labels("fetched").inc()
        came = partial(file_came, attachment_id=wanted.id, digest=stored.digest, size=stored.size)
        return await self._database.write(came)

    async def _refused(self, wanted: WantedFile, problem: str, error: Exception) -> None:
        why = str(error) or type(error).__name__
        _log.warning("A file that somebody wants to see was not fetched", bot=self._bot, file=str(wanted.id), error=why)
        FILES_FETCHED.labels(problem).inc()
        await self._database.write(partial(file_did_not_come, attachment_id=wanted.id, problem=problem))
