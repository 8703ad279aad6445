"""What the indexer is built from, and what all of its parts stand on."""

from dataclasses import dataclass
from pathlib import Path

from supportbot.common.bus.port import Bus
from supportbot.common.database.transactions import Database
from supportbot.common.files.port import Files
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.models.settings import ModelSettings
from supportbot.indexer.adapters.register import SqlDocumentRegister
from supportbot.indexer.adapters.serving_documents import SqlServingDocuments
from supportbot.indexer.adapters.work_list import SqlWorkList
from supportbot.indexer.entrypoints.doorbell import Doorbell
from supportbot.indexer.settings import IndexerSettings


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What the indexer is built from."""

    database: Database
    bus: Bus
    index: KnowledgeIndex
    files: Files
    documents_path: Path
    upload_limit: int
    sample: Path | None = None
    """Folder of the sample help centre, whose subfolders are indexed while there are no other documents."""
    begins_sample: bool = True
    """Whether the sample comes where there is nothing else; one that is there leaves in any case."""
    sole_owner: bool = True
    """Whether no other process can be indexing into the same index, as with the embedded one."""
    models: ModelSettings | None = None
    """Which model knows what passages mean; they are searched by words alone where none is named."""
    web: IndexerSettings | None = None
    """Which web pages are documents too."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known of documents, and who is told that there is work."""

    given: Dependencies
    register: SqlDocumentRegister
    work: SqlWorkList
    serving: SqlServingDocuments
    doorbell: Doorbell

    @classmethod
    def of(cls, given: Dependencies) -> "Ground":
        """Over the database that was given."""
        database = given.database
        work, serving = SqlWorkList(database), SqlServingDocuments(database)
        return cls(given, SqlDocumentRegister(database), work, serving, Doorbell())
