"""Puts together what fetches web pages."""

from pathlib import Path

from supportbot.indexer.adapters.web.kept_pages import KeptPages
from supportbot.indexer.settings import IndexerSettings
from supportbot.indexer.use_cases.fetch_pages import FetchPages
from supportbot.indexer.web_ports import Web


def open_pages(settings: IndexerSettings) -> tuple[FetchPages, KeptPages]:
    """Fetches pages into the documents folder; nothing is loaded before there is something to fetch."""
    pages = KeptPages(Path(settings.documents_path))

    def web() -> Web:
        from supportbot.indexer.adapters.web.fetching import Fetcher
        from supportbot.indexer.adapters.web.site import PoliteWeb

        return PoliteWeb(Fetcher(settings.web_allowed_hosts, settings.upload_limit))

    return FetchPages(pages, web), pages
