"""Files in conversations, as people open them. Whoever has the bot's token fetches them; it never comes here."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from supportbot.common.database.attachments import want_file
from supportbot.common.database.schema.attachment_tables import attachments
from supportbot.common.database.transactions import Database
from supportbot.common.errors import SupportbotError
from supportbot.common.files.port import FileDamagedError, FileMissingError, Files
from supportbot.common.ids import ConversationId
from supportbot.common.web.file_response import file_response

WAIT_S: Final = 20.0
LOOK_EVERY_S: Final = 0.25
_a = attachments.c


class UnknownFileError(SupportbotError):
    """There is no such file in the conversation."""


class FileNotToBeHadError(SupportbotError):
    """It cannot be shown: `too_large` or `gone` for good, `unavailable` for now."""

    def __init__(self, file_id: UUID, problem: str) -> None:
        super().__init__(f"The file {file_id} is not to be had ({problem})")
        self.problem = problem


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file as it is being read."""

    kind: str
    name: str
    size: int
    head: bytes
    rest: AsyncIterator[bytes]

    def response(self) -> Response:
        """As a browser gets it."""
        return file_response(self.kind, self.name, self.size, self._whole(), self.head)

    async def _whole(self) -> AsyncIterator[bytes]:
        yield self.head
        async for piece in self.rest:
            yield piece


@dataclass(frozen=True, slots=True)
class SentFiles:
    """Opens them; one that is still at Telegram is asked for and waited for."""

    database: Database
    files: Files
    wait_s: float = WAIT_S

    async def open(self, conversation_id: ConversationId, file_id: UUID) -> OpenedFile:
        """Raises UnknownFileError, FileNotToBeHadError."""
        row = await self._found(conversation_id, file_id)
        opened = await self._read(row)
        if opened is not None:
            return opened
        if row.file_id is None:
            raise FileNotToBeHadError(file_id, "gone")
        await self.database.write(partial(want_file, conversation_id=conversation_id, attachment_id=file_id))
        for _ in range(max(1, round(self.wait_s / LOOK_EVERY_S))):
            await asyncio.sleep(LOOK_EVERY_S)
            row = await self._found(conversation_id, file_id)
            if row.state == "failed":
                raise FileNotToBeHadError(file_id, row.problem)
            opened = await self._read(row)
            if opened is not None:
                return opened
        raise FileNotToBeHadError(file_id, "unavailable")

    async def _found(self, conversation_id: ConversationId, file_id: UUID) -> Row[Any]:
        one = select(attachments).where(_a.id == file_id, _a.conversation_id == conversation_id)

        async def work(connection: AsyncConnection) -> Row[Any] | None:
            return (await connection.execute(one)).one_or_none()

        row = await self.database.read(work)
        if row is None:
            raise UnknownFileError(f"There is no file {file_id}; its conversation may have been deleted")
        return row

    async def _read(self, row: Row[Any]) -> OpenedFile | None:
        """None where its content is not here, not any more, or not as it was."""
        if row.state != "here":
            return None
        rest = self.files.read(row.digest)
        try:
            head = await anext(rest, b"")
        except (FileMissingError, FileDamagedError):
            return None
        return OpenedFile(row.kind, row.name, row.size, head, rest)
