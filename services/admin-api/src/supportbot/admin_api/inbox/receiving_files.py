"""Taking a file in that an operator sends: stored whole before anything is said about it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request

from supportbot.admin_api.documents.incoming import MalformedBodyError, NotOneFileError, RawBody
from supportbot.admin_api.documents.receiving import begun
from supportbot.admin_api.documents.service import UploadTooSlowError
from supportbot.admin_api.problems import Problem
from supportbot.common.attached_files import (
    MOST_SENT_BYTES,
    NAME_CHARACTERS,
    StoredAttachment,
    kind_of,
    name_to_save,
)
from supportbot.common.files.port import Files, FileTooLargeError
from supportbot.common.plain_text import clean_text
from supportbot.common.web.body import BodyTooLargeError

WITHIN_S: Final = 300.0
_HEAD_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file with what was said beside it."""

    file: StoredAttachment
    fields: Mapping[str, str]


@dataclass(slots=True)
class _Watched:
    """A content that is looked at as it passes."""

    content: AsyncIterator[bytes]
    head: bytearray = field(default_factory=bytearray)

    async def pieces(self) -> AsyncIterator[bytes]:
        async for piece in self.content:
            self.head += piece[: _HEAD_BYTES - len(self.head)] if len(self.head) < _HEAD_BYTES else b""
            yield piece


@dataclass(frozen=True, slots=True)
class FileReceiver:
    """Stores what a form brings."""

    files: Files
    upload_limit: int
    within_s: float = WITHIN_S

    @property
    def limit(self) -> int:
        """Bytes of the largest file: no more than a bot may send."""
        return min(self.upload_limit, MOST_SENT_BYTES)

    async def receive(self, request: Request) -> ReceivedFile:
        """The file is stored, and gone within the hour where no reply has it. Raises Problem."""
        try:
            async with asyncio.timeout(self.within_s):
                return await self._received(request)
        except (BodyTooLargeError, FileTooLargeError) as error:
            raise Problem(413, "too_large", limit=self.limit) from error
        except (UploadTooSlowError, TimeoutError) as error:
            raise Problem(408, "too_slow") from error
        except MalformedBodyError as error:
            raise Problem(400, "malformed") from error
        except NotOneFileError as error:
            raise Problem(422, "one_file") from error

    async def _received(self, request: Request) -> ReceivedFile:
        body = await begun(request, self.limit)
        if isinstance(body, RawBody):
            raise NotOneFileError("There is no form")
        watched = _Watched(body.content())
        stored = await self.files.put(watched.pieces(), limit=self.limit)
        if not stored.size:
            raise Problem(422, "empty_file")
        kind = kind_of(bytes(watched.head), stored.size)
        name = name_to_save(kind, " ".join(clean_text(body.name).split()))[-NAME_CHARACTERS:]
        fields = {key: clean_text(value) for key, value in body.fields.items()}
        return ReceivedFile(StoredAttachment(name, kind, stored.digest, stored.size), fields)
