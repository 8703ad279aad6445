"""Web pages become documents: politely, again when they change, and never from where nobody allowed it."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from supportbot.indexer.adapters.formats import read_document
from supportbot.indexer.adapters.web.addresses import PublicAddressesOnly, is_public
from supportbot.indexer.adapters.web.fetching import Fetcher
from supportbot.indexer.adapters.web.kept_pages import KeptPages
from supportbot.indexer.adapters.web.site import PoliteWeb
from supportbot.indexer.domain.web_pages import WebPageError, canonical, file_name
from supportbot.indexer.use_cases.fetch_pages import FetchPages

PAGE = "<html><head><title>Delivery</title></head><body><main><h1>Delivery</h1><p>Two days.</p></main></body></html>"
LIMIT = 100_000


class Site:
    """A web server on this machine; what it answers can be changed, and what it was asked is kept."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                status, headers, body = site.answers.get(self.path, (404, {}, b""))
                if headers.get("ETag") and self.headers.get("If-None-Match") == headers["ETag"]:
                    status, body = 304, b""
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                """Nothing is printed."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"

    def put(self, path: str, body: str, status: int = 200, **headers: str) -> str:
        """Answer so from now on; returns the address."""
        named = {name.replace("_", "-"): value for name, value in {"Content_Type": "text/html", **headers}.items()}
        self.answers[path] = (status, named, body.encode())
        return f"http://{self.host}{path}"

    def times(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(one == path for one, _ in self.asked)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture
def pages(tmp_path: Path) -> KeptPages:
    return KeptPages(tmp_path)


@pytest.fixture
def fetch(site: Site, pages: KeptPages) -> FetchPages:
    return FetchPages(pages, lambda: PoliteWeb(Fetcher([site.host], LIMIT, time_limit_s=5)))


async def test_a_page_becomes_a_document_that_names_its_address(site: Site, fetch: FetchPages, tmp_path: Path) -> None:
    address = site.put("/help/delivery", PAGE)
    (page,) = await fetch([f"{address}#top"])
    document = read_document(page.file, (tmp_path / page.file).read_bytes())
    assert (document.title, document.source) == ("Delivery", address)
    assert [block.text for section in document.sections for block in section.blocks] == ["Two days."]


async def test_an_unchanged_page_is_not_sent_again_and_a_changed_one_is(
    site: Site, fetch: FetchPages, tmp_path: Path
) -> None:
    address = site.put("/a", PAGE, ETag='"1"')
    (first,) = await fetch([address])
    before = (tmp_path / first.file).stat().st_mtime_ns
    assert (await fetch([address])) == [first]
    assert site.asked[-1][1]["if-none-match"] == '"1"'
    assert (tmp_path / first.file).stat().st_mtime_ns == before
    site.put("/a", PAGE.replace("Two days", "Three days"), ETag='"2"')
    assert (await fetch([address])) == [first]
    assert "Three days" in (tmp_path / first.file).read_text()


async def test_a_sitemap_is_its_pages_of_the_same_site_and_what_it_names_no_more_goes(
    site: Site, fetch: FetchPages, tmp_path: Path
) -> None:
    one, two = site.put("/one", PAGE), site.put("/two", PAGE)
    listed = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{}</urlset>"
    places = [f"<url><loc>{place}</loc></url>" for place in (one, two, "http://elsewhere.example/x")]
    inner = site.put("/inner.xml", listed.format("".join(places)), Content_Type="application/xml")
    index = f"<sitemapindex><sitemap><loc>{inner}</loc></sitemap></sitemapindex>"
    source = site.put("/sitemap.xml", index, Content_Type="application/xml")
    fetched = await fetch([source])
    assert [page.address for page in fetched] == [one, two]
    site.put("/inner.xml", listed.format(places[0]), Content_Type="application/xml")
    await fetch([source])
    assert [(tmp_path / page.file).is_file() for page in fetched] == [True, False]


async def test_what_robots_may_not_read_is_not_asked_for(site: Site, fetch: FetchPages) -> None:
    site.put("/robots.txt", "User-agent: *\nDisallow: /private", Content_Type="text/plain")
    address = site.put("/private/a", PAGE)
    (page,) = await fetch([address])
    assert "robots.txt" in page.error
    assert site.times("/private/a") == 0


async def test_nothing_is_fetched_while_the_rules_of_a_site_cannot_be_had(site: Site, fetch: FetchPages) -> None:
    site.put("/robots.txt", "", status=503)
    (page,) = await fetch([site.put("/a", PAGE)])
    assert "503" in page.error
    assert site.times("/a") == 0


async def test_a_page_that_is_gone_disappears_and_one_that_fails_stays(
    site: Site, fetch: FetchPages, tmp_path: Path
) -> None:
    address = site.put("/a", PAGE)
    (page,) = await fetch([address])
    site.put("/a", "", status=500)
    assert "500" in (await fetch([address]))[0].error
    assert (tmp_path / page.file).is_file()
    site.put("/a", "", status=410)
    await fetch([address])
    assert not (tmp_path / page.file).exists()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, {"Content-Type": "text/html"}, b"x" * (LIMIT + 1)), "larger than"),
        ((200, {"Content-Type": "image/png"}, b"x"), "not read"),
        ((302, {"Location": "/a"}, b""), "redirects"),
        ((302, {"Location": "ftp://127.0.0.1/a"}, b""), "no address"),
        ((200, {"Content-Type": "text/html", "Content-Encoding": "gzip"}, b"x"), "gzip"),
        ((403, {}, b""), "403"),
    ],
)
async def test_what_cannot_become_a_document_says_why(
    site: Site, fetch: FetchPages, answer: tuple[int, dict[str, str], bytes], said: str
) -> None:
    site.answers["/a"] = answer
    (page,) = await fetch([f"http://{site.host}/a"])
    assert said in page.error


async def test_private_places_are_refused_also_where_a_redirect_leads_there(site: Site, pages: KeptPages) -> None:
    other = Site()
    try:
        address = site.put("/a", "", status=302, Location=f"http://{other.host}/inside")
        async with Fetcher([site.host], LIMIT) as fetcher:
            with pytest.raises(WebPageError, match="private network"):
                await fetcher.fetch(address)
        async with Fetcher([], LIMIT) as fetcher:
            with pytest.raises(WebPageError, match="private network"):
                await fetcher.fetch(f"http://{site.host}/a")
            with pytest.raises(WebPageError, match="private network"):
                await fetcher.fetch(f"http://localhost:{site.server.server_port}/a")
        assert other.asked == []
    finally:
        other.server.server_close()


async def test_what_was_checked_is_what_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []

    class Backend:
        async def connect_tcp(self, host: str, port: int, *_: Any) -> None:
            asked.append((host, port))

    backend = PublicAddressesOnly(["93.184.215.14"])
    monkeypatch.setattr(backend, "_backend", Backend())
    await backend.connect_tcp("93.184.215.14", 80)
    assert asked == [("93.184.215.14", 80)]


@pytest.mark.parametrize(
    "address",
    "127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255 ::1 :: "
    "fe80::1 fc00::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 2002:7f00:1:: ff02::1 fe80::1%eth0".split(),
)
def test_addresses_that_are_not_public_are_known_in_every_form(address: str) -> None:
    assert not is_public(address)


def test_public_addresses_are_public() -> None:
    assert is_public("93.184.215.14")
    assert is_public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")


def test_an_address_has_one_spelling() -> None:
    assert canonical("HTTP://User:pw@Example.COM:80/a b?q=ё#part") == "http://example.com/a%20b?q=%D1%91"
    assert canonical("https://пример.рф") == "https://xn--e1afmkfd.xn--p1ai/"
    for wrong in ("ftp://a/b", "http://", "http://a:99999/", "javascript:alert(1)"):
        with pytest.raises(WebPageError):
            canonical(wrong)


def test_no_address_makes_a_file_elsewhere() -> None:
    for address in ("http://a/../../etc/passwd", "http://a/%2e%2e/b", "http://a/" + "x" * 500, "http://a/.hidden"):
        name = file_name(canonical(address), ".html")
        assert name.count("/") == 1
        assert ".." not in name
        assert len(name) < 120


def test_pages_are_changed_by_one_at_a_time_who_remembers_when_they_were_looked_at(pages: KeptPages) -> None:
    assert pages.looked_at() == {}
    with pages.held() as is_ours:
        assert is_ours
        pages.finish("http://a/", [])
        with KeptPages(pages._folder.parent).held() as again:
            assert not again
    assert time.time() - pages.looked_at()["http://a/"] < 60
    with pages.held():
        assert not KeptPages(pages._folder.parent).forget("http://a/")
    assert pages.forget("http://a/")
    assert pages.looked_at() == {}
