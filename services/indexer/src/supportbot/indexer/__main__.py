"""`python -m supportbot.indexer`: the indexer as a process of its own, on port 5003."""

import sys

from pydantic import Field

from supportbot.common.errors import SupportbotError
from supportbot.common.files.opener import open_files
from supportbot.common.knowledge.opener import open_index
from supportbot.common.knowledge.port import KnowledgeIndexUnavailableError, UnfitIndexError
from supportbot.common.lifecycle import Service
from supportbot.common.process import run_process
from supportbot.common.separate_settings import SeparateIndexSettings
from supportbot.common.service_process import Opened, run_service
from supportbot.common.settings import OptionalPath, load_settings
from supportbot.indexer.app import Dependencies, build
from supportbot.indexer.settings import IndexerSettings


class Settings(SeparateIndexSettings, IndexerSettings):
    """The indexer's settings with its own port."""

    web_port: int = Field(5003, ge=0, le=65535, description="Port to listen on; 0 takes a free one")
    sample_path: OptionalPath = Field(
        None, description="Folder of a sample help centre that answers while there are no other documents"
    )


def main() -> None:
    """Run until told to stop."""
    try:
        settings = load_settings(Settings)

        async def make(opened: Opened) -> Service:
            index = await opened.waiting.until_available(
                lambda: open_index(settings), KnowledgeIndexUnavailableError, unless=UnfitIndexError
            )
            opened.closing.push_async_callback(index.close)
            return build(
                Dependencies(
                    opened.database,
                    opened.bus,
                    index,
                    open_files(settings, opened.database),
                    settings.documents_path,
                    settings.upload_limit,
                    sample=settings.sample_path,
                    sole_owner=not settings.qdrant_url,
                    models=settings,
                    web=settings,
                )
            )

        run_process(run_service("indexer", settings, make))
    except SupportbotError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
