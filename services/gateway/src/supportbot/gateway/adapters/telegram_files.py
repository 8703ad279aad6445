"""Files that people sent: fetched over HTTP, or read from the folder of a local Bot API server."""

import asyncio
from pathlib import Path, PurePosixPath

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiohttp import ClientError

from supportbot.gateway.ports import TelegramError

FILE_TIMEOUT_S = 10
MOST_FILE_BYTES = 20_000_000


class TelegramFiles:
    """The files of one bot. A server that runs with `--local` says where in its own file system they are."""

    def __init__(self, bot: Bot, folder: Path | None) -> None:
        self._bot = bot
        self._folder = folder
        """Where we see that server's folder."""

    async def content(self, path: str) -> bytes:
        """What is in the file that `getFile` found at `path`.

        Raises:
            TelegramError: it is not to be had, or too large.
        """
        if PurePosixPath(path).is_absolute():
            return await asyncio.to_thread(self._read, path)
        return await self._fetch(path)

    def _read(self, path: str) -> bytes:
        """The same folder may be mounted elsewhere here; each bot's files are in one that has its token's name."""
        if self._folder is None:
            raise TelegramError("The Bot API server runs with --local: set TELEGRAM_FILES_PATH to its folder")
        root = (self._folder / self._bot.token).resolve()
        _, is_ours, below = path.partition(f"/{self._bot.token}/")
        found = (root / below).resolve()
        if not is_ours or not found.is_relative_to(root):
            raise TelegramError("The Bot API server names a file that is not one of this bot's")
        try:
            with found.open("rb") as file:
                content = file.read(MOST_FILE_BYTES + 1)
        except OSError as error:
            # Its path holds the token.
            what = error.strerror or type(error).__name__
            raise TelegramError(f"A file cannot be read below TELEGRAM_FILES_PATH ({what})") from None
        return _fitting(content)

    async def _fetch(self, path: str) -> bytes:
        content = bytearray()
        session = self._bot.session
        try:
            url = session.api.file_url(self._bot.token, path)
            async for chunk in session.stream_content(url, timeout=FILE_TIMEOUT_S, raise_for_status=True):
                content += chunk
                _fitting(content)
        except (AiogramError, ClientError, OSError, TimeoutError) as error:
            # The text of some errors holds the address, and with it the token.
            raise TelegramError(f"The file could not be fetched ({type(error).__name__})") from None
        return bytes(content)


def _fitting(content: bytes | bytearray) -> bytes:
    if len(content) > MOST_FILE_BYTES:
        raise TelegramError(f"The file is too large: {MOST_FILE_BYTES // 1_000_000} MB are taken")
    return bytes(content)
