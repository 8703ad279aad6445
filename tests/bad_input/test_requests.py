"""Requests that no honest browser or program sends: refused in words, and in nobody's page or database afterwards."""

import asyncio
import json
from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio

from tests.bad_input.wire import exchange, request
from tests.e2e.inbox import Operator
from tests.e2e.product import Product
from tests.e2e.test_rest_api import new_key
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="module")
DOCUMENTS, LETTERS = "/api/v1/documents", "/api/v1/dead-letters"
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>'\"&{{7*7}}"
ARTICLE = "# Parking at the observatory\n\nVisitors park their telescopes in the blue hangar, which closes at 23:40.\n"
NOT_SIGNED = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJyb2xlIjoiYWRtaW4ifQ."
STRANGER = {"Origin": "https://elsewhere.example"}
CROSS_SITE = {"Sec-Fetch-Site": "cross-site"}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def client(shared_product: Product) -> AsyncIterator[httpx.AsyncClient]:
    """A program with a key."""
    headers = {"Authorization": f"Bearer {await new_key(shared_product)}"}
    async with httpx.AsyncClient(
        base_url=shared_product.base_url, headers=headers, trust_env=False, timeout=30
    ) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="module", scope="module", autouse=True)
async def article(client: httpx.AsyncClient) -> None:
    """What neighbours ask about: the sample that a new product answers from leaves with the first upload."""
    sent = await client.post(DOCUMENTS, params={"name": "parking.md"}, content=ARTICLE.encode())
    async with asyncio.timeout(30):
        while (await client.get(sent.headers["location"])).json()["state"] != "live":  # noqa: ASYNC110  # it tells nobody
            await asyncio.sleep(0.05)


async def neighbour_is_answered(product: Product) -> None:
    async with Visitor(product.base_url) as visitor:
        assert "blue hangar" in (await visitor.ask("Where do visitors park their telescopes?")).text


@pytest.mark.parametrize(
    "shown",
    [
        b"",
        b"Bearer",
        f"Bearer {NOT_SIGNED}".encode(),
        b"Bearer sb_" + b"x" * 43,
        b"Bearer sb_\xff\xfe\x00",
        b"Bearer " + b"y" * 8000,
        b"Basic YWRtaW46YWRtaW4=",
        "Bearer ключ".encode(),
    ],
)
async def test_nobody_gets_in_without_a_key(shared_product: Product, shown: bytes) -> None:
    headers: dict[str, str | bytes] = {"Host": "localhost", **({"Authorization": shown} if shown else {})}
    for path in (DOCUMENTS, LETTERS, "/api/v1/openapi.json"):
        answer = await exchange(shared_product.port, request("GET", path, headers))
        assert answer.status in {400, 401}  # 400: the header itself is none
        if answer.status == 401:
            assert "www-authenticate: bearer" in answer.head.lower()
            assert json.loads(answer.body)["detail"]
    await neighbour_is_answered(shared_product)


async def test_a_second_key_in_the_same_request_does_not_count(
    shared_product: Product, client: httpx.AsyncClient
) -> None:
    good = client.headers["Authorization"]
    keys = {"Authorization": "Bearer sb_wrong", "authorization": good}
    answer = await exchange(shared_product.port, request("GET", DOCUMENTS, {"Host": "localhost", **keys}))
    assert answer.status == 401


@pytest.mark.parametrize("limit", ["1000000000", "-1", "0", "1e9", "0x10", "9" * 5000, "NaN", "", "１０", "1 OR 1=1"])
@pytest.mark.parametrize("path", [DOCUMENTS, LETTERS])
async def test_a_limit_that_is_none_is_refused(client: httpx.AsyncClient, path: str, limit: str) -> None:
    refused = await client.get(path, params={"limit": limit})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert "limit" in refused.json()["detail"]


IDS = [
    "nothing",
    "%00",
    "..%2f..%2fetc%2fpasswd",
    "%ff%fe",
    "1'%20OR%20'1'='1",
    "x" * 4000,
    "%0d%0aSet-Cookie:%20a=b",
    "💥",
]


@pytest.mark.parametrize("given", IDS)
async def test_an_id_of_nothing_is_said_to_be_none(
    shared_product: Product, client: httpx.AsyncClient, given: str
) -> None:
    for method, path in (("GET", DOCUMENTS), ("DELETE", DOCUMENTS), ("GET", LETTERS), ("GET", "/inbox")):
        answer = await client.request(method, f"{path}/{given if given.isascii() else quote(given)}")
        assert answer.status_code in {404, 422}
        assert "set-cookie" not in answer.headers or "a=b" not in answer.headers["set-cookie"]
        assert "alert(" not in answer.text
    assert (await client.get(DOCUMENTS)).status_code == 200
    await neighbour_is_answered(shared_product)


async def test_one_idempotency_key_is_for_one_upload(client: httpx.AsyncClient) -> None:
    async def upload(name: str, text: str) -> httpx.Response:
        headers = {"Idempotency-Key": "the same"}
        return await client.post(DOCUMENTS, params={"name": name}, content=text.encode(), headers=headers)

    first = await upload("once.md", "# One\n\nwords")
    assert [(await upload("once.md", "# Two\n\nwords")).json()["code"] for _ in range(2)] == ["reused_key"] * 2
    assert (await upload("other.md", "# One\n\nwords")).status_code == 409
    again = await upload("once.md", "# One\n\nwords")
    assert (again.status_code, again.json()["version"]) == (first.status_code, first.json()["version"])


@pytest.mark.parametrize("key", [b"\xff\xfe", b"a\x00b", b"x" * 3000, b"a\rb"])
async def test_an_idempotency_key_that_is_none_is_refused(
    shared_product: Product, client: httpx.AsyncClient, key: bytes
) -> None:
    headers: dict[str, str | bytes] = {
        "Host": "localhost",
        "Authorization": client.headers["Authorization"],
        "Idempotency-Key": key,
        "Content-Length": "3",
    }
    answer = await exchange(shared_product.port, request("POST", f"{DOCUMENTS}?name=key.md", headers, b"# T"))
    assert answer.status in {202, 400, 422}
    assert (await client.get(DOCUMENTS)).status_code == 200


async def test_a_script_that_is_stored_is_text_on_every_page(shared_product: Product) -> None:
    async with Visitor(shared_product.base_url) as visitor, Operator(shared_product.base_url) as operator:
        await visitor.say(f"Zebra {SCRIPT}")
        conversation = await operator.find("Zebra")
        assert (await operator.reply(conversation, f"Answer {SCRIPT}")).status_code == 200
        await visitor.until(lambda: [entry for entry in visitor.replies if "Answer" in entry.html] or None)
        async with httpx.AsyncClient(base_url=shared_product.base_url, trust_env=False) as browser:
            browser.cookies.set("supportbot_visitor", visitor.key)
            pages = [(await browser.get(path)).text for path in ("/", "/inbox", f"/inbox/{conversation}?view=all")]
    for page in [*pages, *(entry.html for entry in visitor.entries)]:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "49" not in page.split("7*7")[0][-20:]
    assert any("&lt;script&gt;alert(1)" in page for page in pages)


@pytest.mark.parametrize("headers", [STRANGER, CROSS_SITE, {**STRANGER, "Host": "localhost:5000"}, {"Origin": "null"}])
async def test_another_site_can_change_nothing_in_anybodys_name(
    shared_product: Product, headers: dict[str, str]
) -> None:
    async with Visitor(shared_product.base_url) as visitor, Operator(shared_product.base_url) as operator:
        await visitor.say("Giraffes need a person, please: talk to a human")
        conversation = await operator.find("Giraffes")
        await visitor.until(lambda: visitor.replies or None)  # what comes of the question is stored by then
        before = shared_product.count("messages"), shared_product.count("outbound")
        async with httpx.AsyncClient(base_url=shared_product.base_url, trust_env=False, headers=headers) as elsewhere:
            elsewhere.cookies.set("supportbot_visitor", visitor.key)
            for form in ({"data": {"text": "Forged", "seen": "1"}}, {"json": {"text": "Forged", "seen": 1}}):
                paths = ["/chat/messages", "/chat/person", "/chat/feedback", f"/inbox/{conversation}/reply"]
                for path in [*paths, f"/inbox/{conversation}/take-over", f"/inbox/{conversation}/close"]:
                    assert (await elsewhere.post(path, **form)).status_code == 403, path
            plain = await elsewhere.post(
                "/chat/messages", content=b'{"text": "Forged"}', headers={"Content-Type": "text/plain"}
            )
            assert plain.status_code == 403
        assert (shared_product.count("messages"), shared_product.count("outbound")) == before
        assert shared_product.count("messages", "text = 'Forged'") == 0


BODIES: dict[str, tuple[str, bytes]] = {
    "not JSON": ("application/json", b"{"),
    "a list": ("application/json", b"[]"),
    "deep": ("application/json", b'{"text": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"),
    "a number of 5,000 digits": ("application/json", b'{"text": ' + b"9" * 5000 + b"}"),
    "a form that breaks off": ("multipart/form-data; boundary=X", b'--X\r\nContent-Disposition: form-data; name="te'),
    "a form without a border": ("multipart/form-data", b"--X--"),
    "a thousand fields": ("application/x-www-form-urlencoded", b"&".join(b"a%d=b" % n for n in range(1000))),
    "nothing": ("", b""),
}


@pytest.mark.parametrize("name", BODIES)
async def test_a_body_without_a_question_is_refused_in_words(shared_product: Product, name: str) -> None:
    kind, body = BODIES[name]
    async with httpx.AsyncClient(base_url=shared_product.base_url, trust_env=False) as browser:
        refused = await browser.post("/chat/messages", content=body, headers={"Content-Type": kind})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "empty")
    await neighbour_is_answered(shared_product)


@pytest.mark.parametrize("length", ["99999999999", "-1", "1, 1", "+5"])
async def test_a_false_length_reaches_nobodys_chat(shared_product: Product, length: str) -> None:
    before = shared_product.count("messages")
    headers = {"Host": "localhost", "Content-Type": "application/json", "Content-Length": length}
    sent = request("POST", "/chat/messages", headers, b'{"text": "Half"}')
    assert (await exchange(shared_product.port, sent, hang_up=True)).status in {0, 400, 413}
    assert shared_product.count("messages") == before
    await neighbour_is_answered(shared_product)


async def test_headers_cannot_be_smuggled_into_an_answer(shared_product: Product) -> None:
    for path in (
        "/?lang=en%0d%0aSet-Cookie:%20evil=1",
        "/inbox?view=all%0d%0aX-Evil:%201",
        "/chat/passages/a%0d%0ab/1",
    ):
        answer = await exchange(shared_product.port, request("GET", path, {"Host": "localhost"}))
        assert answer.status in {200, 404}
        assert "evil" not in answer.head.lower()
