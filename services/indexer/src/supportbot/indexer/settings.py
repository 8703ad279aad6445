"""Settings of the indexer: where documents are, and how large one may be."""

from pathlib import Path

from pydantic import Field

from supportbot.common.files.settings import UploadSettings
from supportbot.common.models.settings import ModelSettings
from supportbot.common.settings import Names


class IndexerSettings(UploadSettings, ModelSettings):
    """What the indexer needs beside the common settings."""

    documents_path: Path = Field(
        Path("data/documents"),
        description="Folder of the knowledge base, with documents of the kinds in docs/knowledge.md; it is watched",
    )
    web_sources: Names = Field(
        (),
        description="Web pages, and sitemaps (.xml) whose pages become documents, comma-separated",
    )
    web_refresh_hours: float = Field(24, ge=0.1, description="Hours after which web pages are looked at again")
    web_allowed_hosts: Names = Field(
        (), description="Hosts of private networks whose pages may be fetched, as host or host:port, comma-separated"
    )
