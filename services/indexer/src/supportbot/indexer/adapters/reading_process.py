"""The child process that reads one document: document id, path and limits in, passages as JSON out.

The file is opened before anything is given up, as its folder may be readable for this user only; it is looked at after.
"""

import sys
from pathlib import Path

from supportbot.common.files.refusals import warning_text
from supportbot.common.ids import DocumentId
from supportbot.indexer.adapters.confinement import accept_limits, give_up_the_network
from supportbot.indexer.adapters.files import read_file
from supportbot.indexer.adapters.reading import pack, pack_error, read_content
from supportbot.indexer.domain.documents import DocumentGoneError, UnreadableDocumentError
from supportbot.indexer.domain.refusals import refusal


def main() -> None:
    """Read a document with less priority than the answers, without a network, and with limits to what it may take."""
    document, path, limit, seconds = sys.argv[1:]
    try:
        content = read_file(Path(path), int(limit))
        confined = give_up_the_network()
        accept_limits(int(seconds))
        answer = pack(read_content(DocumentId(document), content, () if confined else (warning_text("network"),)))
    except (UnreadableDocumentError, DocumentGoneError) as error:
        answer = pack_error(error)
    except MemoryError:
        answer = pack_error(refusal("memory"))
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    main()
