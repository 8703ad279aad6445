"""The child process that reads one document: document id, path and size limit in, passages as JSON out."""

import os
import resource
import sys
from pathlib import Path

from supportbot.common.ids import DocumentId
from supportbot.indexer.adapters.reading import pack, pack_error, read_now
from supportbot.indexer.domain.documents import DocumentGoneError, UnreadableDocumentError

_MEMORY = 2 * 1024**3
_NICE = 10


def main() -> None:
    """Read a document with less priority than the answers, and with a limit to what it may take."""
    os.nice(_NICE)
    _limit_memory()
    document, path, limit = sys.argv[1:]
    try:
        answer = pack(read_now(DocumentId(document), Path(path), int(limit)))
    except (UnreadableDocumentError, DocumentGoneError) as error:
        answer = pack_error(error)
    except MemoryError:
        answer = pack_error(UnreadableDocumentError("It needs too much memory to be read. Split it"))
    sys.stdout.buffer.write(answer)


def _limit_memory() -> None:
    try:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    except (OSError, ValueError):
        return  # macOS refuses; the time limit still holds


if __name__ == "__main__":
    main()
