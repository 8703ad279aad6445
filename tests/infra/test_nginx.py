"""The site in a real nginx: who answers what, under which headers, and what stays inside."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from supportbot.common.process import HttpServer, listen
from tests.e2e.product import Product
from tests.infra.nginx_server import FOLDER, Site, nginx, site_before, written

MEGABYTE = 1024 * 1024
VISITOR = {"X-Forwarded-For": "198.51.100.7", "Forwarded": "for=198.51.100.7"}


@dataclass
class Backend:
    """Says its name and what it was asked; its stream goes on when it is told to."""

    name: str
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    def application(self) -> FastAPI:
        application = FastAPI()

        @application.get("/chat/events")
        @application.get("/inbox/events")
        async def events() -> StreamingResponse:
            return StreamingResponse(self._stream(), media_type="text/event-stream")

        @application.api_route("/{path:path}", methods=["GET", "POST", "PUT"])
        async def anything(request: Request) -> Response:
            size = len(await request.body())
            seen = {
                name: request.headers.get(name)
                for name in ("host", "x-forwarded-for", "x-forwarded-proto", "forwarded")
            }
            said = {"name": self.name, "path": request.url.path, "size": size, **seen}
            return JSONResponse(said, headers={"X-Frame-Options": "SAMEORIGIN", "Cache-Control": "max-age=31536000"})

        return application

    async def _stream(self) -> AsyncIterator[bytes]:
        yield b"data: first\n\n"
        await self.go_on.wait()
        yield b"data: second\n\n"


@asynccontextmanager
async def running(backend: Backend) -> AsyncGenerator[Backend]:
    bound = listen("127.0.0.1", 0)
    backend.port = bound.getsockname()[1]
    server = HttpServer(backend.application())
    serving = asyncio.create_task(server.run_until_stopped(bound))
    yield backend
    backend.go_on.set()
    server.stop()
    await serving


@pytest.fixture
async def gateway() -> AsyncGenerator[Backend]:
    async with running(Backend("gateway")) as backend:
        yield backend


@pytest.fixture
async def admin_api() -> AsyncGenerator[Backend]:
    async with running(Backend("admin-api")) as backend:
        yield backend


@pytest.fixture
async def site(gateway: Backend, admin_api: Backend, tmp_path: Path) -> AsyncGenerator[Site]:
    async with site_before(tmp_path, gateway=gateway.port, admin_api=admin_api.port) as site:
        yield site


def test_nginx_finds_nothing_wrong_with_it(tmp_path: Path) -> None:
    program = nginx()
    configuration, _ = written(tmp_path, 1, 2)
    said = subprocess.run(
        [program, "-t", "-p", tmp_path, "-c", configuration], capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
    assert "warn" not in said.stderr


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "gateway"),
        ("/chat/passages/x/1", "gateway"),
        ("/static/chat/0/chat.js", "gateway"),
        ("/inbox", "admin-api"),
        ("/inbox/7", "admin-api"),
        ("/api/v1/documents", "admin-api"),
        ("/static/inbox/0/inbox.js", "admin-api"),
    ],
)
async def test_each_address_leads_to_its_service(site: Site, path: str, name: str) -> None:
    async with site.client() as visitor:
        said = (await visitor.get(path)).json()
    assert (said["name"], said["path"]) == (name, path)


async def test_updates_are_taken_by_post_only(site: Site) -> None:
    async with site.client() as telegram:
        assert (await telegram.post("/webhook", content=b"{}")).json()["name"] == "gateway"
        assert (await telegram.get("/webhook")).status_code == httpx.codes.FORBIDDEN


@pytest.mark.parametrize("path", ["/metrics", "/health/metrics", "/health/db/metrics", "/health/ready", "/local/ask"])
async def test_what_is_inside_is_not_seen_from_outside(site: Site, path: str) -> None:
    async with site.client() as visitor:
        assert (await visitor.get(path)).status_code == httpx.codes.NOT_FOUND


async def test_whether_it_answers_is_all_that_is_said_of_its_health(site: Site) -> None:
    async with site.client() as visitor:
        assert (await visitor.get("/health")).json()["path"] == "/health/live"


@pytest.mark.parametrize("path", ["/", "/api/v1/documents", "/chat/events", "/metrics"])
async def test_every_answer_has_each_security_header_once(site: Site, path: str, gateway: Backend) -> None:
    gateway.go_on.set()
    async with site.client() as visitor:
        headers = (await visitor.get(path)).headers
    assert headers.get_list("Strict-Transport-Security") == ["max-age=63072000; includeSubDomains"]
    assert headers.get_list("X-Content-Type-Options") == ["nosniff"]
    assert headers.get_list("X-Frame-Options") == ["DENY"]


async def test_a_visitor_cannot_say_where_they_come_from(site: Site) -> None:
    async with site.client() as visitor:
        said = (await visitor.get("/", headers=VISITOR)).json()
    assert (said["x-forwarded-for"], said["x-forwarded-proto"]) == ("127.0.0.1", "https")
    assert said["forwarded"] in (None, "")
    assert said["host"] == f"127.0.0.1:{site.https}"


@pytest.mark.parametrize("path", ["/chat/events", "/inbox/events"])
async def test_events_are_passed_on_as_they_come(site: Site, gateway: Backend, admin_api: Backend, path: str) -> None:
    backend = gateway if path.startswith("/chat") else admin_api
    async with site.client() as visitor, visitor.stream("GET", path) as stream:
        pieces = stream.aiter_raw()
        assert await anext(pieces) == b"data: first\n\n"  # the second does not exist yet
        backend.go_on.set()
        assert await anext(pieces) == b"data: second\n\n"


async def test_a_document_may_be_as_large_as_uploads_may_and_nothing_else(site: Site) -> None:
    async with site.client() as program:
        fits = await program.post("/api/v1/documents", content=bytes(10 * MEGABYTE + 4096))
        assert fits.json()["size"] == 10 * MEGABYTE + 4096
        for path, size in (
            ("/api/v1/documents", 12 * MEGABYTE),
            ("/webhook", 2 * MEGABYTE),
            ("/chat/messages", MEGABYTE),
        ):
            assert (await program.post(path, content=bytes(size))).status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE


async def test_static_files_keep_their_long_life(site: Site) -> None:
    async with site.client() as visitor:
        assert (await visitor.get("/static/chat/0/chat.js")).headers["Cache-Control"] == "max-age=31536000"


async def test_without_tls_there_is_only_the_way_to_it(site: Site) -> None:
    async with httpx.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{site.http}") as visitor:
        answer = await visitor.get("/inbox?a=b")
        assert answer.status_code == httpx.codes.MOVED_PERMANENTLY
        assert answer.headers["Location"] == "https://127.0.0.1/inbox?a=b"
        assert (await visitor.get("/nginx-health")).text == "healthy\n"


async def test_old_tls_is_refused(site: Site) -> None:
    assert await _handshake(site, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    assert await _handshake(site, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    with pytest.warns(DeprecationWarning, match="TLSv1_1"), pytest.raises((ssl.SSLError, ConnectionError)):
        await _handshake(site, ssl.TLSVersion.TLSv1_1)


async def test_somebody_who_asks_without_end_is_held_back(site: Site) -> None:
    async with site.client() as visitor:
        answers = await asyncio.gather(*(visitor.get("/inbox") for _ in range(150)))
        assert httpx.codes.TOO_MANY_REQUESTS in {answer.status_code for answer in answers}
        updates = await asyncio.gather(*(visitor.post("/webhook", content=b"{}") for _ in range(150)))
    assert {update.status_code for update in updates} == {httpx.codes.OK}


def test_the_same_two_services_are_named_whatever_they_stand_on() -> None:
    for path in FOLDER.glob("upstreams.*.conf"):
        text = path.read_text(encoding="utf-8")
        assert "upstream supportbot_gateway {" in text
        assert "upstream supportbot_admin_api {" in text


@pytest.mark.slow
async def test_the_product_behind_it_knows_its_visitors(tmp_path: Path) -> None:
    product = Product(tmp_path / "product", {"TRUSTED_PROXIES": "127.0.0.1"})
    await product.start()
    try:
        (tmp_path / "nginx").mkdir()
        async with (
            site_before(tmp_path / "nginx", gateway=product.port, admin_api=product.port) as site,
            site.client() as visitor,
        ):
            page = await visitor.get("/")
            assert page.status_code == httpx.codes.OK
            assert "Secure" in page.headers["Set-Cookie"]
            inbox = await visitor.get("/inbox")
            assert (
                inbox.status_code == httpx.codes.FORBIDDEN
            )  # this machine's own browser does not come through a proxy
    finally:
        await product.discard()


async def _handshake(site: Site, version: ssl.TLSVersion) -> str:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    _, writer = await asyncio.open_connection("127.0.0.1", site.https, ssl=context)
    agreed: str = writer.get_extra_info("ssl_object").version()
    writer.close()
    await writer.wait_closed()
    return agreed
