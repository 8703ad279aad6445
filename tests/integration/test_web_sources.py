"""Web pages and sitemaps that operators name: fetched, looked at again, and gone with what they became."""

import re
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from supportbot.common.database.clock import after
from supportbot.common.database.schema.web_tables import web_sources
from supportbot.common.database.transactions import Database
from supportbot.common.database.web_sources import WebSource, every_source, remove_source
from supportbot.indexer.adapters.web.fetching import Fetcher
from supportbot.indexer.adapters.web.kept_pages import KeptPages
from supportbot.indexer.adapters.web.site import PoliteWeb
from supportbot.indexer.adapters.web.sources import SqlWebSources
from supportbot.indexer.use_cases.fetch_pages import FetchPages
from supportbot.indexer.use_cases.look_at_sources import LookAtSources
from tests.integration.api_stage import ApiStage
from tests.integration.signing_in import BROWSER
from tests.integration.test_knowledge_pages import come_in
from tests.integration.test_web_pages import LIMIT, PAGE, Site, site

__all__ = ["site"]  # the fixture
WEB = "/inbox/knowledge/web"
DAY_S = 24 * 3600.0


@pytest.fixture
async def stage(tmp_path: Path, database: Database) -> AsyncGenerator[ApiStage]:
    made = ApiStage(tmp_path, database)
    await made.service.start()
    yield made
    await made.service.stop()


@pytest.fixture
async def anna(stage: ApiStage) -> AsyncGenerator[httpx.AsyncClient]:
    async with come_in(stage) as client:
        client.headers.update(BROWSER)
        yield client


class Indexer:
    """The indexer's look at the web, one at a time."""

    def __init__(self, folder: Path, database: Database, site: Site, given: tuple[str, ...] = ()) -> None:
        self.pages = KeptPages(folder / "documents")
        self.fetch = FetchPages(self.pages, lambda: PoliteWeb(Fetcher([site.host], LIMIT, time_limit_s=5)))
        self.look = LookAtSources(self.fetch, self.pages, SqlWebSources(database), given, DAY_S)
        self.folder = folder / "documents" / "web"

    def files(self) -> list[str]:
        """What the pages became."""
        return [path.read_text() for path in sorted(self.folder.rglob("*.html"))]


@pytest.fixture
def indexer(tmp_path: Path, database: Database, site: Site) -> Indexer:
    return Indexer(tmp_path, database, site)


async def the_source(database: Database) -> WebSource:
    (found,) = await database.read(every_source)
    return found


async def due_again(database: Database) -> None:
    """A day passes."""
    moved = update(web_sources).values(next_at=after(-1), looked_at=after(-DAY_S))
    await database.write(lambda tx: tx.execute(moved))


async def add(anna: httpx.AsyncClient, address: str) -> str:
    done = await anna.post(WEB, data={"address": address})
    assert done.status_code == 303, done.text
    return (await anna.get(done.headers["location"])).text


async def test_a_page_that_an_operator_names_is_fetched_refreshed_and_removed(
    anna: httpx.AsyncClient, indexer: Indexer, site: Site, database: Database
) -> None:
    assert "No web pages yet" in (await anna.get(WEB)).text
    address = site.put("/help", PAGE)
    page = await add(anna, f" {address}#part ")
    assert ("Waits" in page, "added by Anna" in page, address in page) == (True, True, True)
    assert "in the list already" in await add(anna, address)
    await indexer.look()
    page = (await anna.get(WEB)).text
    assert ("Fetched" in page, "1 page" in page, "Two days" in indexer.files()[0]) == (True, True, True)
    await indexer.look()
    assert site.times("/help") == 1, "it is due in a day"
    site.put("/help", PAGE.replace("Two", "Three"))
    await anna.post(f"{WEB}/again", data={"address": address})
    assert (await the_source(database)).state == "waiting"
    await indexer.look()
    assert "Three days" in indexer.files()[0]
    site.put("/help", PAGE.replace("Two", "Four"))
    await due_again(database)
    await indexer.look()
    assert "Four days" in indexer.files()[0]
    gone = await anna.post(f"{WEB}/remove", data={"address": address})
    assert "Being removed" in (await anna.get(gone.headers["location"])).text
    await indexer.look()
    assert (indexer.files(), await database.read(every_source)) == ([], [])
    log = (await anna.get("/inbox/audit")).text
    for text in ("added a web page", "had a web page fetched again", "removed a web page"):
        assert text in log
    for action in ("again", "remove"):
        done = await anna.post(f"{WEB}/{action}", data={"address": address})
        assert "not in the list any more" in (await anna.get(done.headers["location"])).text


async def test_what_cannot_be_fetched_says_why_and_is_tried_again_soon(
    anna: httpx.AsyncClient, indexer: Indexer, site: Site, database: Database
) -> None:
    await add(anna, f"http://{site.host}/missing")
    await indexer.look()
    found = await the_source(database)
    assert (found.state, found.pages, found.failed) == ("failed", 0, 1)
    page = (await anna.get(WEB)).text
    assert ("Not fetched" in page, "404" in page) == (True, True)
    russian = (await anna.get(WEB, headers={"Accept-Language": "ru"})).text
    assert ("Не загружена" in russian, found.error in russian) == (True, False)
    assert found.looked_at is not None
    assert 800 < (found.next_at - found.looked_at).total_seconds() < 1000


async def test_a_sitemap_of_which_a_page_fails_is_fetched_in_part(
    anna: httpx.AsyncClient, indexer: Indexer, site: Site, database: Database
) -> None:
    places = [site.put("/one", PAGE), f"http://{site.host}/two"]
    listed = "".join(f"<url><loc>{place}</loc></url>" for place in places)
    await add(anna, site.put("/sitemap.xml", f"<urlset>{listed}</urlset>", Content_Type="application/xml"))
    await indexer.look()
    found = await the_source(database)
    assert (found.state, found.pages, found.failed) == ("partial", 1, 1)
    assert (found.next_at - found.looked_at).total_seconds() > 80_000  # type: ignore[operator]


@pytest.mark.parametrize(
    "wrong", ["", "   ", "ftp://example.com", "https://", "a b", "javascript:alert(1)", "https://x/" + "a" * 1000]
)
async def test_what_is_no_address_is_not_taken(anna: httpx.AsyncClient, database: Database, wrong: str) -> None:
    refused = await anna.post(WEB, data={"address": wrong})
    assert (refused.status_code, "no address of a web page" in refused.text) == (422, True)
    assert await database.read(every_source) == []


async def test_sources_of_settings_and_commands_are_in_the_list_and_those_of_settings_stay(
    tmp_path: Path, anna: httpx.AsyncClient, site: Site, database: Database
) -> None:
    one, two = site.put("/one", PAGE), site.put("/two", PAGE)
    indexer = Indexer(tmp_path, database, site, given=(f"{one}#top",))
    await indexer.fetch([two])
    await indexer.look()
    page = (await anna.get(WEB)).text
    assert ("from the setting WEB_SOURCES" in page, "added by a command" in page) == (True, True)
    assert site.times("/two") == 1, "what the command has just fetched is not fetched again"
    assert re.findall(r'/remove"><input[^>]*><input type="hidden" name="address" value="([^"]*)"', page) == [two]
    assert not await database.write(lambda tx: remove_source(tx, one))


async def test_a_source_that_is_named_again_while_it_goes_stays(
    anna: httpx.AsyncClient, indexer: Indexer, site: Site, database: Database
) -> None:
    address = site.put("/help", PAGE)
    await add(anna, address)
    await indexer.look()
    await anna.post(f"{WEB}/remove", data={"address": address})
    await add(anna, address)
    await indexer.look()
    assert ((await the_source(database)).state, len(indexer.files())) == ("ready", 1)


async def test_a_source_is_left_to_whoever_is_at_it(
    anna: httpx.AsyncClient, indexer: Indexer, site: Site, database: Database, tmp_path: Path
) -> None:
    address = site.put("/help", PAGE)
    await add(anna, address)
    with KeptPages(tmp_path / "documents").held():
        await indexer.look()
    assert (await the_source(database)).looked_at is None
    await indexer.look()
    assert (await the_source(database)).state in {"ready", "waiting"}


async def test_whoever_may_only_read_sees_no_way_to_change_them(
    stage: ApiStage, anna: httpx.AsyncClient, site: Site
) -> None:
    await add(anna, site.put("/help", PAGE))
    async with come_in(stage, "vera", "viewer") as vera:
        page = (await vera.get(WEB)).text
        assert ("/help" in page, "<form" in page) == (True, False)
