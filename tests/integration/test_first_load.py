"""What a browser fetches before a page is whole, without compression and without anything kept from before."""

import re
from collections.abc import AsyncGenerator
from typing import Final
from urllib.parse import urljoin

import httpx
import pytest

from supportbot.common.database.transactions import Database
from tests.integration.signing_in import added, signed_in
from tests.integration.web_stage import Stage, staged

MOST: Final = 150_000
NAMED: Final = re.compile(r'(?:src|href)="(/static/[^"]+)"')
IMPORTED: Final = re.compile(r'from "(\./[\w-]+\.js)"')
PAGES: Final = ("/inbox", "/inbox/knowledge", "/inbox/knowledge/try", "/inbox/overview", "/inbox/threshold", "/")


@pytest.fixture
async def stage(sqlite_database: Database) -> AsyncGenerator[Stage]:
    async with staged(sqlite_database) as made:
        yield made


async def weight(client: httpx.AsyncClient, page: str) -> int:
    """Bytes of a page with all that it names, and what that imports."""
    html = await client.get(page)
    assert html.status_code == 200
    total, wanted, seen = len(html.content), NAMED.findall(html.text), set[str]()
    while wanted:
        path = wanted.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = await client.get(path)
        assert answer.status_code == 200, path
        total += len(answer.content)
        if path.endswith(".js"):
            wanted += [urljoin(path, name) for name in IMPORTED.findall(answer.text)]
    assert len(seen) > 2, "the page names nothing"
    return total


@pytest.mark.parametrize("page", PAGES)
async def test_a_first_load_is_light(stage: Stage, page: str) -> None:
    await added(stage.database)
    async with signed_in(stage) as anna:
        assert await weight(anna, page) <= MOST
