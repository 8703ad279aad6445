"""Settings of the indexer: where documents are, and how large one may be."""

from pathlib import Path

from pydantic import Field

from supportbot.common.settings import ByteSize, CommonSettings

_LARGEST = 100 * 1024**2


class IndexerSettings(CommonSettings):
    """What the indexer needs beside the common settings."""

    documents_path: Path = Field(
        Path("data/documents"),
        description="Folder of the knowledge base: Markdown, HTML and text files, in any subfolders; it is watched",
    )
    upload_limit: ByteSize = Field(
        10 * 1024**2, gt=0, le=_LARGEST, description="Size of the largest document, in bytes or as 10MB"
    )
