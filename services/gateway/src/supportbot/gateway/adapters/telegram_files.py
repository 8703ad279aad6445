"""Files that people sent: fetched over HTTP, or read from the folder of a local Bot API server."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiohttp import ClientError

from supportbot.gateway.ports import FileRefusedError, TelegramError

FILE_TIMEOUT_S = 10
MOST_FILE_BYTES = 20_000_000
_PIECE = 256 * 1024


class TelegramFiles:
    """The files of one bot. A server that runs with `--local` says where in its own file system they are."""

    def __init__(self, bot: Bot, folder: Path | None) -> None:
        self._bot = bot
        self._folder = folder
        """Where we see that server's folder."""

    async def content(self, path: str) -> bytes:
        """What is in the file that `getFile` found at `path`. Raises what `pieces` raises."""
        return b"".join([piece async for piece in self.pieces(path)])

    async def pieces(self, path: str, timeout_s: int = FILE_TIMEOUT_S) -> AsyncIterator[bytes]:
        """The same, piece by piece.

        Raises:
            FileRefusedError: it is too large.
            TelegramError: it is not to be had.
        """
        size = 0
        async for piece in self._read(path) if PurePosixPath(path).is_absolute() else self._fetch(path, timeout_s):
            size += len(piece)
            if size > MOST_FILE_BYTES:
                raise too_large()
            yield piece

    async def _read(self, path: str) -> AsyncIterator[bytes]:
        try:
            with await asyncio.to_thread(self._opened, path) as file:
                while piece := await asyncio.to_thread(file.read, _PIECE):
                    yield piece
        except OSError as error:
            # Its path holds the token.
            what = error.strerror or type(error).__name__
            raise TelegramError(f"A file cannot be read below TELEGRAM_FILES_PATH ({what})") from None

    def _opened(self, path: str) -> BinaryIO:
        """The same folder may be mounted elsewhere here; each bot's files are in one that has its token's name."""
        if self._folder is None:
            raise TelegramError("The Bot API server runs with --local: set TELEGRAM_FILES_PATH to its folder")
        root = (self._folder / self._bot.token).resolve()
        _, is_ours, below = path.partition(f"/{self._bot.token}/")
        found = (root / below).resolve()
        if not is_ours or not found.is_relative_to(root):
            raise TelegramError("The Bot API server names a file that is not one of this bot's")
        return found.open("rb")

    async def _fetch(self, path: str, timeout_s: int) -> AsyncIterator[bytes]:
        session = self._bot.session
        try:
            url = session.api.file_url(self._bot.token, path)
            async for chunk in session.stream_content(url, timeout=timeout_s, raise_for_status=True):
                yield chunk
        except (AiogramError, ClientError, OSError, TimeoutError) as error:
            # The text of some errors holds the address, and with it the token.
            raise TelegramError(f"The file could not be fetched ({type(error).__name__})") from None


async def begun(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same content, of which the first piece is here already."""
    first = await anext(content, b"")

    async def whole() -> AsyncIterator[bytes]:
        yield first
        async for piece in content:
            yield piece

    return whole()


def too_large() -> FileRefusedError:
    """A file that a bot does not get."""
    return FileRefusedError(f"The file is too large: {MOST_FILE_BYTES // 1_000_000} MB are taken", "too_large")
