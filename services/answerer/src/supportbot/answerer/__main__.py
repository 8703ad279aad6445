"""`python -m supportbot.answerer`: the answerer as a process of its own, on port 5002."""

import sys

from pydantic import Field

from supportbot.answerer.app import Dependencies, build
from supportbot.answerer.settings import AnswererSettings
from supportbot.common.cache.opener import open_cache
from supportbot.common.errors import SupportbotError
from supportbot.common.knowledge.opener import open_index
from supportbot.common.knowledge.port import KnowledgeIndexUnavailableError, UnfitIndexError
from supportbot.common.lifecycle import Service
from supportbot.common.process import run_process
from supportbot.common.separate_settings import SeparateIndexSettings
from supportbot.common.service_process import Opened, run_service
from supportbot.common.settings import load_settings


class Settings(SeparateIndexSettings, AnswererSettings):
    """The answerer's settings with its own port."""

    web_port: int = Field(5002, ge=0, le=65535, description="Port to listen on; 0 takes a free one")


def main() -> None:
    """Run until told to stop."""
    try:
        settings = load_settings(Settings)

        async def make(opened: Opened) -> Service:
            index = await opened.waiting.until_available(
                lambda: open_index(settings), KnowledgeIndexUnavailableError, unless=UnfitIndexError
            )
            opened.closing.push_async_callback(index.close)
            cache = await open_cache(settings)
            opened.closing.push_async_callback(cache.close)
            return build(Dependencies(opened.database, opened.bus, index, settings, cache))

        run_process(run_service("answerer", settings, make))
    except SupportbotError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
