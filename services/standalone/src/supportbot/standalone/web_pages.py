"""Web pages that somebody names to the `index` command: fetched into the documents folder, and again later."""

from collections.abc import Sequence
from pathlib import Path

from supportbot.common.errors import SupportbotError
from supportbot.indexer.adapters.web.opener import open_pages
from supportbot.indexer.use_cases.fetch_pages import FetchedPage
from supportbot.standalone.settings import StandaloneSettings


async def fetch_given(settings: StandaloneSettings, addresses: Sequence[str]) -> tuple[list[Path], list[FetchedPage]]:
    """The files that pages became, and the pages of which none could be made."""
    fetch, _ = open_pages(settings)
    fetched = await fetch(addresses) if addresses else []
    if addresses and not fetched:
        raise SupportbotError("Web pages are being fetched by the running product just now. Try again in a minute")
    files = [settings.documents_path / page.file for page in fetched if page.file]
    return list(dict.fromkeys(files)), [page for page in fetched if page.error]
