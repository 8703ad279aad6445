"""Reads uploaded documents: their content is fetched from where it is kept, and read like any file."""

import asyncio
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from supportbot.common.files.kinds import UPLOADS
from supportbot.common.files.port import FileDamagedError, FileMissingError, Files
from supportbot.common.ids import DocumentId
from supportbot.indexer.domain.documents import UnreadableDocumentError
from supportbot.indexer.ports import DocumentReader, ReadDocument


class UploadReader:
    """DocumentReader for uploads; the documents of a folder it leaves to the reader of files."""

    def __init__(self, files: Files, reader: DocumentReader) -> None:
        self._files = files
        self._reader = reader

    async def read(self, document: DocumentId, location: Path, *, isolated: bool) -> ReadDocument:
        """See DocumentReader. A content that is gone was replaced meanwhile, or lost: reading it again is no use."""
        if not document.startswith(UPLOADS):
            return await self._reader.read(document, location, isolated=isolated)
        with NamedTemporaryFile(prefix="supportbot-upload-", buffering=0) as fetched:
            try:
                await self._fetch(location.name, fetched)
            except (FileMissingError, FileDamagedError) as error:
                raise UnreadableDocumentError(str(error)) from error
            return await self._reader.read(document, Path(fetched.name), isolated=isolated)

    async def _fetch(self, digest: str, into: IO[bytes]) -> None:
        async for piece in self._files.read(digest):
            await asyncio.to_thread(into.write, piece)
