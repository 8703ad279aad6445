"""The inbox over HTTP: who is let in, who waits, and what an operator does about it."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator

import httpx
import pytest
from httpx_sse import aconnect_sse

from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.transactions import Database
from tests.fakes.serving import LoopbackServer
from tests.integration.web_stage import Stage, first_conversation, staged

SCRIPT = "<script>alert(1)</script>"
NOBODY = "00000000-0000-7000-8000-000000000000"
SOON_S = 10


@pytest.fixture
async def stage(database: Database) -> AsyncGenerator[Stage]:
    async with staged(database) as made:
        yield made


@pytest.fixture
async def operator(stage: Stage) -> AsyncGenerator[httpx.AsyncClient]:
    async with stage.client() as client:
        yield client


async def ask(stage: Stage, text: str = "Is it covered?") -> httpx.AsyncClient:
    visitor = stage.client()
    await visitor.get("/")
    await visitor.post("/chat/messages", json={"text": text, "client_id": text})
    return visitor


async def escalated(stage: Stage, operator: httpx.AsyncClient, text: str = "Is it covered?") -> str:
    """A conversation that waits for a person; returns its path."""
    await ask(stage, text)
    await stage.answer("A person will answer you.", decision="escalate", confidence=0.41)
    return f"/inbox/{first_conversation((await operator.get('/inbox')).text)}"


async def test_an_empty_inbox_says_what_will_be_there(operator: httpx.AsyncClient) -> None:
    page = await operator.get("/inbox")
    assert "Nobody is waiting" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in page.headers["content-security-policy"]


async def test_beside_the_confidence_stands_how_many_of_such_answers_are_right(
    stage: Stage, operator: httpx.AsyncClient
) -> None:
    path = await escalated(stage, operator)
    assert "are right" not in (await operator.get(path)).text, "it was not measured so far down"
    await ask(stage, "How long can I return it?")
    await stage.answer(confidence=0.91, right_of_such=0.936)
    everybody = (await operator.get("/inbox?view=all")).text
    pages = [
        (await operator.get(f"/inbox/{one}")).text for one in set(re.findall(r"/inbox/([0-9a-f-]{36})", everybody))
    ]
    assert sum("of answers this sure, about 94 % are right" in page for page in pages) == 1


@pytest.mark.parametrize(
    ("peer", "origin", "headers"),
    [
        ("203.0.113.7", "http://localhost:5000", {}),
        ("127.0.0.1", "http://inbox.example", {}),
        ("127.0.0.1", "http://localhost.example", {}),
        ("127.0.0.1", "http://127.0.0.1.nip.example:5000", {}),
        ("127.0.0.1", "http://localhost:5000", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", "http://localhost:5000", {"X-Real-IP": "127.0.0.1"}),
        ("127.0.0.1", "http://localhost:5000", {"Forwarded": "for=127.0.0.1"}),
        ("127.0.0.1", "http://localhost:5000", {"CF-Connecting-IP": "127.0.0.1"}),
        ("127.0.0.1", "http://localhost:5000", {"X-Envoy-External-Address": "127.0.0.1"}),
        ("127.0.0.1", "http://localhost:5000", {"Origin": "https://shop.example"}),
        ("127.0.0.1", "http://localhost:5000", {"Referer": "https://shop.example/"}),
    ],
)
@pytest.mark.parametrize("path", ["/inbox", f"/inbox/{NOBODY}", "/inbox/events"])
async def test_only_a_browser_on_this_machine_is_let_in(
    stage: Stage, peer: str, origin: str, headers: dict[str, str], path: str
) -> None:
    async with stage.client(peer=peer, origin=origin) as client:
        refused = await client.get(path, headers=headers)
    assert refused.status_code == 403
    assert "localhost" in refused.text


@pytest.mark.parametrize("headers", [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}])
@pytest.mark.parametrize("action", ["reply", "take-over", "hand-back", "close"])
async def test_another_site_cannot_act_for_an_operator(
    stage: Stage, operator: httpx.AsyncClient, headers: dict[str, str], action: str
) -> None:
    path = await escalated(stage, operator)
    refused = await operator.post(f"{path}/{action}", json={"text": "Hi", "seen": "1"}, headers=headers)
    assert refused.status_code == 403
    assert "mode--machine" in (await operator.get(path)).text


async def test_who_waits_is_listed_with_the_question_and_the_reason(stage: Stage, operator: httpx.AsyncClient) -> None:
    await ask(stage, "Answered?")
    await stage.answer()
    await escalated(stage, operator)
    waiting = (await operator.get("/inbox")).text
    assert "Not sure enough" in waiting
    assert "How long?" in waiting
    assert waiting.count('class="row"') == 1
    assert (await operator.get("/inbox?view=all")).text.count('class="row"') == 2


async def test_a_conversation_shows_why_it_came_and_what_was_found(stage: Stage, operator: httpx.AsyncClient) -> None:
    page = (await operator.get(await escalated(stage, operator))).text
    assert "<b>0.41</b>" in page
    assert "Is it covered?" in page
    assert "<mark>You have 30 days\nfrom delivery.</mark>" in page
    assert "1 passage found" in page


async def test_a_reply_reaches_the_visitor_and_ends_the_waiting(stage: Stage, operator: httpx.AsyncClient) -> None:
    visitor = await ask(stage)
    await stage.answer("A person will answer you.", decision="escalate")
    path = f"/inbox/{first_conversation((await operator.get('/inbox')).text)}"
    sent = await operator.post(f"{path}/reply", json={"text": " Yes, it is. ", "seen": "1", "client_id": "r1"})
    assert sent.status_code == 200
    page = (await visitor.get("/")).text
    assert "Yes, it is." in page
    assert "entry--person" in page
    assert "Nobody is waiting" in (await operator.get("/inbox")).text
    assert "said--person" in (await operator.get(path)).text


async def test_a_reply_sent_twice_is_stored_once(stage: Stage, operator: httpx.AsyncClient) -> None:
    path = await escalated(stage, operator)
    for _ in range(2):
        assert (await operator.post(f"{path}/reply", json={"text": "Yes.", "seen": "1", "client_id": "r1"})).is_success
    assert (await operator.get(path)).text.count("said--person") == 1


async def test_a_message_that_was_not_on_the_screen_stays_open(stage: Stage, operator: httpx.AsyncClient) -> None:
    visitor = await ask(stage)
    path = f"/inbox/{first_conversation((await operator.get('/inbox?view=all')).text)}"
    await operator.post(f"{path}/take-over", json={})
    await visitor.post("/chat/messages", json={"text": "And this?", "client_id": "m2"})
    await operator.post(f"{path}/reply", json={"text": "Yes.", "seen": "1", "client_id": "r1"})
    waiting = (await operator.get("/inbox")).text
    assert first_conversation(waiting) in path


async def test_taking_over_handing_back_and_closing_show_on_both_sides(
    stage: Stage, operator: httpx.AsyncClient
) -> None:
    visitor = await ask(stage)
    path = f"/inbox/{first_conversation((await operator.get('/inbox?view=all')).text)}"
    await operator.post(f"{path}/take-over", json={})
    assert 'data-state="person"' in (await visitor.get("/")).text
    await operator.post(f"{path}/hand-back", json={})
    assert 'data-state="thinking"' in (await visitor.get("/")).text
    await operator.post(f"{path}/close", json={})
    assert "mode--closed" in (await operator.get(path)).text
    assert 'data-state="ready"' in (await visitor.get("/")).text


async def test_a_form_works_without_scripts(stage: Stage, operator: httpx.AsyncClient) -> None:
    path = await escalated(stage, operator)
    fields = {"text": (None, "Yes."), "seen": (None, "1"), "client_id": (None, "r1")}
    sent = await operator.post(f"{path}/reply", files=fields, headers={"Accept": "text/html"})
    assert (sent.status_code, sent.headers["location"]) == (303, f"{path}?view=waiting#newest")
    refused = await operator.post(f"{path}/reply", data={"text": " "}, headers={"Accept": "text/html"})
    assert refused.status_code == 422
    assert "The reply is empty." in refused.text


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"text": "  "}, 422), ({"text": "x" * 20_001}, 422), ({"text": "x" * 140_000}, 413), ({}, 422)],
)
async def test_what_cannot_be_sent_is_refused_in_words(
    stage: Stage, operator: httpx.AsyncClient, fields: dict[str, str], status: int
) -> None:
    refused = await operator.post(f"{await escalated(stage, operator)}/reply", json=fields)
    assert refused.status_code == status
    assert refused.json()["error"]["message"]


async def test_a_conversation_that_is_gone_is_said_to_be_gone(operator: httpx.AsyncClient) -> None:
    page = await operator.get(f"/inbox/{NOBODY}")
    assert page.status_code == 404
    assert "There is no such conversation" in page.text
    for action in ("reply", "take-over", "hand-back", "close", "explode"):
        assert (await operator.post(f"/inbox/{NOBODY}/{action}", json={"text": "Hi"})).status_code == 404


@pytest.mark.parametrize(
    "path", [f"/inbox/{NOBODY}/nothing", f"/inbox/{NOBODY}/reply", "/inbox/knowledge/a/b/c", "/inbox/a/b/c/d"]
)
async def test_where_nothing_is_nothing_is_found(operator: httpx.AsyncClient, path: str) -> None:
    found = await operator.get(path, headers={"Accept": "text/html"})
    assert (found.status_code, found.text) == (404, "There is no such page. /inbox leads to those that there are.")
    assert (await operator.get(path)).json()["code"] == "no_page"


async def test_nothing_that_people_or_documents_say_becomes_markup(stage: Stage, operator: httpx.AsyncClient) -> None:
    incoming = IncomingMessage(
        channel="telegram",
        bot="42",
        chat="7",
        update_source="42",
        update_id="1",
        body_hash="1",
        text=SCRIPT,
        user_name=SCRIPT,
    )
    await stage.database.write(lambda tx: receive_message(tx, incoming))
    await stage.answer(SCRIPT, title=SCRIPT)
    rows = (await operator.get("/inbox?view=all")).text
    page = (await operator.get(f"/inbox/{first_conversation(rows)}")).text
    assert SCRIPT not in rows + page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


async def test_a_reply_of_an_operator_is_text_for_the_visitor_too(stage: Stage, operator: httpx.AsyncClient) -> None:
    visitor = await ask(stage)
    path = f"/inbox/{first_conversation((await operator.get('/inbox?view=all')).text)}"
    await operator.post(f"{path}/reply", json={"text": SCRIPT, "seen": "1", "client_id": "r1"})
    assert SCRIPT not in (await visitor.get("/")).text


async def test_the_inbox_speaks_russian(operator: httpx.AsyncClient) -> None:
    assert "Никто не ждёт" in (await operator.get("/inbox?lang=ru")).text
    assert "Никто не ждёт" in (await operator.get("/inbox")).text


@pytest.fixture
async def served(sqlite_database: Database) -> AsyncGenerator[tuple[Stage, httpx.AsyncClient]]:
    """A stage behind a real server, which streams need."""
    async with staged(sqlite_database) as stage:
        server = LoopbackServer(stage.app)
        await server.start()
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=SOON_S) as client:
            yield stage, client
        await stage.inbox.stop()
        await server.stop()


async def test_an_open_inbox_hears_of_a_new_escalation(served: tuple[Stage, httpx.AsyncClient]) -> None:
    stage, client = served
    counts: list[int] = []
    async with asyncio.timeout(SOON_S), aconnect_sse(client, "GET", "/inbox/events") as source:
        async for event in source.aiter_sse():
            if event.event != "list":
                continue
            counts.append(json.loads(event.data)["waiting"])
            if counts == [0]:
                await ask(stage)
                await stage.answer("A person will answer you.", decision="escalate")
            if counts[-1] == 1:
                break
    assert (counts[0], counts[-1]) == (0, 1)


async def test_a_stop_ends_open_streams_at_once(served: tuple[Stage, httpx.AsyncClient]) -> None:
    stage, client = served
    async with asyncio.timeout(SOON_S), aconnect_sse(client, "GET", "/inbox/events") as source:
        async for event in source.aiter_sse():
            if event.event == "list":
                await stage.inbox.stop()
