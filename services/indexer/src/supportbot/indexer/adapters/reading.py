"""Reads a document: file, format, passages. Small texts in a thread, everything else in a child process."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import Process
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.passages import Passage
from supportbot.indexer.adapters.files import read_file
from supportbot.indexer.adapters.formats import is_text, read_document
from supportbot.indexer.domain.chunking import chunk_parsed
from supportbot.indexer.domain.documents import DocumentGoneError, UnreadableDocumentError, version_of
from supportbot.indexer.domain.refusals import refusal
from supportbot.indexer.ports import ReadDocument

IN_A_THREAD: Final = 100_000
"""Bytes up to which a text is read beside the answers; parsing more would hold them up."""
TIME_LIMIT_S: Final = 300.0
"""Recognising the text of a hundred pages takes minutes; a text of the largest size takes seconds."""
KEPT_VARIABLES: Final = (
    *("PATH", "HOME", "PYTHONPATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "TMPDIR", "TESSDATA_PREFIX"),
    *("LANG", "LC_ALL", "LC_CTYPE", "OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS"),
)
"""What a child gets of our environment. The rest holds tokens and passwords, and a document may be hostile."""
_CHILD: Final = "supportbot.indexer.adapters.reading_process"
_TOO_MUCH_TIME: Final = -signal.SIGXCPU


class FileReader:
    """DocumentReader."""

    def __init__(self, limit: int, *, time_limit_s: float = TIME_LIMIT_S) -> None:
        """`limit`: bytes of the largest document."""
        self._limit = limit
        self._time_limit_s = time_limit_s
        self._one_at_a_time = asyncio.Lock()

    async def read(self, document: DocumentId, location: Path, *, isolated: bool) -> ReadDocument:
        """See DocumentReader."""
        apart = isolated or not is_text(document)
        read = None if apart else await self._read_in_thread(document, location)
        return await self._read_in_child(document, location) if read is None else read

    async def _read_in_thread(self, document: DocumentId, path: Path) -> ReadDocument | None:
        """None where the document is too large for it. Two at a time would be no faster, and hold up the answers."""
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._read_small, document, path)

    def _read_small(self, document: DocumentId, path: Path) -> ReadDocument | None:
        return read_now(document, path, self._limit) if _size(path) <= IN_A_THREAD else None

    async def _read_in_child(self, document: DocumentId, path: Path) -> ReadDocument:
        seconds = max(1, round(self._time_limit_s))
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", _CHILD, document, str(path), str(self._limit), str(seconds),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
            start_new_session=True,  # a Ctrl-C in the terminal is not the document's fault, and its group ends with it
        )  # fmt: skip
        try:
            async with asyncio.timeout(self._time_limit_s):
                output, _ = await child.communicate()
        except TimeoutError as error:
            raise refusal("too_slow", seconds=f"{self._time_limit_s:.0f}") from error
        finally:
            await _end(child)
        if child.returncode == _TOO_MUCH_TIME:
            raise refusal("too_slow", seconds=f"{self._time_limit_s:.0f}")
        if child.returncode != 0:
            raise refusal("died", status=child.returncode)
        return await asyncio.to_thread(unpack, output)


async def _end(child: Process) -> None:
    """End a child and whatever it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    if child.returncode is None:
        await child.wait()


def read_now(document: DocumentId, path: Path, limit: int) -> ReadDocument:
    """Read a document here and now; raises what DocumentReader names."""
    return read_content(document, read_file(path, limit))


def read_content(document: DocumentId, content: bytes, warnings: tuple[str, ...] = ()) -> ReadDocument:
    """Read the content of a document here and now; `warnings` are added to those of its reader."""
    parsed = read_document(document, content)
    passages = tuple(chunk_parsed(document, parsed))
    told = " ".join([*parsed.warnings, *warnings])
    return ReadDocument(parsed.title, version_of(content), len(content), passages, told)


def pack(read: ReadDocument) -> bytes:
    """What a child process answers."""
    return json.dumps({"read": asdict(read)}, default=str).encode()


def pack_error(error: UnreadableDocumentError | DocumentGoneError) -> bytes:
    """What a child process answers where nothing can be made of the document."""
    return json.dumps({"error": str(error), "gone": isinstance(error, DocumentGoneError)}).encode()


def unpack(answer: bytes) -> ReadDocument:
    """The answer of a child process; raises what DocumentReader names."""
    data = json.loads(answer)
    if "error" in data:
        raise (DocumentGoneError if data["gone"] else UnreadableDocumentError)(data["error"])
    fields: dict[str, Any] = data["read"]
    return ReadDocument(**{**fields, "passages": tuple(_passage(passage) for passage in fields["passages"])})


def _passage(fields: dict[str, Any]) -> Passage:
    return Passage(**{**fields, "chunk_id": ChunkId(UUID(fields["chunk_id"])), "headings": tuple(fields["headings"])})


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # whoever opens it says what is wrong
