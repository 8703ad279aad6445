"""Settings of the indexer: where documents are, and how large one may be."""

from pathlib import Path

from pydantic import Field

from supportbot.common.files.settings import UploadSettings
from supportbot.common.models.settings import ModelSettings


class IndexerSettings(UploadSettings, ModelSettings):
    """What the indexer needs beside the common settings."""

    documents_path: Path = Field(
        Path("data/documents"),
        description="Folder of the knowledge base, with documents of the kinds in docs/knowledge.md; it is watched",
    )
