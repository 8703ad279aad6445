"""The web chat over HTTP: what is stored, what is shown, and what is refused."""

from collections.abc import AsyncGenerator
from functools import partial

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.common.cache.memory import MemoryCache
from supportbot.common.contracts import FeedbackGiven
from supportbot.common.database.people_there import PeopleThere, note_people_there
from supportbot.common.database.schema.tables import conversations, feedback, messages
from supportbot.common.database.transactions import Database
from supportbot.common.i18n import translate
from supportbot.gateway.adapters.web_conversations import SqlWebConversations
from supportbot.gateway.entrypoints.web_chat import WebChat, WebChatDependencies
from tests.integration.web_stage import Stage, staged

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
FORM = {"Accept": "text/html"}


@pytest.fixture
async def stage(database: Database) -> AsyncGenerator[Stage]:
    async with staged(database) as made:
        yield made


@pytest.fixture
async def visitor(stage: Stage) -> AsyncGenerator[httpx.AsyncClient]:
    async with stage.client() as client:
        await client.get("/")
        yield client


async def say(client: httpx.AsyncClient, text: str, client_id: str = "m1", **headers: str) -> httpx.Response:
    return await client.post("/chat/messages", json={"text": text, "client_id": client_id}, headers=headers)


async def count(database: Database) -> int:
    async def work(connection: AsyncConnection) -> int:
        found: int = (await connection.execute(select(func.count()).select_from(messages))).scalar_one()
        return found

    return await database.read(work)


async def test_a_new_visitor_gets_a_page_with_a_cookie_that_scripts_cannot_read(stage: Stage) -> None:
    async with stage.client() as client:
        page = await client.get("/")
    cookie = page.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert "Acme" in page.text
    assert "How do I return it?" in page.text


async def test_over_https_the_cookie_never_travels_in_the_clear(stage: Stage) -> None:
    async with stage.client(origin="https://chat.example") as client:
        page = await client.get("/")
    assert "Secure" in page.headers["set-cookie"]


async def test_the_database_holds_only_the_hash_of_the_visitors_key(stage: Stage, visitor: httpx.AsyncClient) -> None:
    await say(visitor, "Hello?")

    async def work(connection: AsyncConnection) -> str:
        found: str = (await connection.execute(select(conversations.c.chat))).scalar_one()
        return found

    chat = await stage.database.read(work)
    assert len(chat) == 64
    assert visitor.cookies["supportbot_visitor"] not in chat


async def test_a_message_is_stored_and_shown(visitor: httpx.AsyncClient) -> None:
    accepted = await say(visitor, "  How long?  ")
    assert (accepted.status_code, accepted.json()) == (202, {"seq": 1})
    page = await visitor.get("/")
    assert "How long?" in page.text
    assert 'data-state="thinking"' in page.text


async def test_the_same_message_sent_again_is_stored_once(stage: Stage, visitor: httpx.AsyncClient) -> None:
    assert [(await say(visitor, "How long?")).json() for _ in range(3)] == [{"seq": 1}] * 3
    assert await count(stage.database) == 1


async def test_a_used_id_with_another_text_is_refused(visitor: httpx.AsyncClient) -> None:
    await say(visitor, "How long?")
    assert (await say(visitor, "How much?")).status_code == 409


async def test_two_visitors_may_use_the_same_id(stage: Stage, visitor: httpx.AsyncClient) -> None:
    await say(visitor, "How long?")
    async with stage.client() as other:
        await other.get("/")
        assert (await say(other, "How much?")).json() == {"seq": 1}
        assert "How long?" not in (await other.get("/")).text


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("   \n", 422, "empty"),
        ("\0", 422, "empty"),
        ("\u200b\u2060\ufeff", 422, "empty"),
        ("x" * 20_001, 422, "too_long"),
        ("x" * 70_000, 413, "too_large"),
    ],
)
async def test_what_cannot_be_a_question_is_refused_in_words(
    visitor: httpx.AsyncClient, text: str, status: int, code: str
) -> None:
    refused = await say(visitor, text)
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
    assert refused.json()["error"]["message"]


async def test_nul_and_half_characters_are_cleaned(visitor: httpx.AsyncClient) -> None:
    body = b'{"text": "a\\u0000b \\ud83d?", "client_id": "m1"}'
    accepted = await visitor.post("/chat/messages", content=body, headers={"Content-Type": "application/json"})
    assert accepted.status_code == 202
    assert "ab �?" in (await visitor.get("/")).text


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 50_000, b'{"text": {}}', b"\xff\xfe"])
async def test_an_unreadable_body_is_an_empty_message(visitor: httpx.AsyncClient, body: bytes) -> None:
    refused = await visitor.post("/chat/messages", content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code == 422


async def test_a_form_works_without_scripts_also_for_long_russian_text(visitor: httpx.AsyncClient) -> None:
    text = "Вопрос " * 2_800
    fields = {"text": (None, text), "client_id": (None, "m1")}
    answer = await visitor.post("/chat/messages", files=fields, headers=FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, "/#latest")
    assert text.strip() in (await visitor.get("/")).text


async def test_a_refused_form_keeps_what_was_typed(visitor: httpx.AsyncClient) -> None:
    text = "x" * 20_001
    refused = await visitor.post("/chat/messages", data={"text": text}, headers=FORM)
    assert refused.status_code == 422
    assert f">\n{text}</textarea>" in refused.text
    assert "20000 characters" in refused.text


async def test_who_writes_too_often_is_told_how_long_to_wait(database: Database) -> None:
    async with staged(database, per_minute=2) as stage, stage.client() as client:
        await client.get("/")
        answers = [await say(client, "How long?", f"m{number}") for number in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert 0 < int(answers[2].headers["retry-after"]) <= 60
    assert "second" in answers[2].json()["error"]["message"]


async def test_a_visitor_has_one_limit_at_all_gateways_that_share_a_cache(database: Database) -> None:
    cache = MemoryCache()
    async with (
        staged(database, per_minute=2, cache=cache) as stage,
        staged(database, per_minute=2, cache=cache) as other,
        stage.client() as client,
        other.client() as client_there,
    ):
        await client.get("/")
        client_there.cookies = client.cookies
        answers = [await say(at, "How long?", f"m{n}") for n, at in enumerate((client, client_there, client))]
    assert [answer.status_code for answer in answers] == [202, 202, 429]


@pytest.mark.parametrize(("peer", "last"), [("203.0.113.7", 429), ("127.0.0.1", 202)])
async def test_who_drops_the_cookie_is_still_at_the_same_address(database: Database, peer: str, last: int) -> None:
    async with staged(database, per_address=2) as stage, stage.client(peer=peer) as client:
        answers = []
        for _ in range(3):
            client.cookies.clear()
            answers.append((await say(client, "How long?")).status_code)
    assert answers == [202, 202, last]


@pytest.mark.parametrize("path", ["/chat/messages", "/chat/person", "/chat/feedback"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:5000"},
    ],
)
async def test_another_site_cannot_act_for_a_visitor(
    stage: Stage, visitor: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    refused = await visitor.post(path, json={"text": "How long?"}, headers=headers)
    assert refused.status_code == 403
    assert await count(stage.database) == 0


@pytest.mark.parametrize("headers", [{"Origin": "http://localhost:5000"}, {"Sec-Fetch-Site": "same-origin"}])
async def test_our_own_page_may(visitor: httpx.AsyncClient, headers: dict[str, str]) -> None:
    assert (await say(visitor, "How long?", **headers)).status_code == 202


async def test_an_answer_stands_with_its_certainty_and_sources(stage: Stage, visitor: httpx.AsyncClient) -> None:
    await say(visitor, "How long?")
    await stage.answer(confidence=0.75)
    page = (await visitor.get("/")).text
    assert "Fairly sure" in page
    assert 'class="chip__title" dir="auto">Returns</span>' in page
    assert '<sup class="mark" data-mark="1">1</sup>' in page
    assert 'data-state="ready"' in page


async def test_who_waits_for_a_person_sees_where_the_answer_may_stand(stage: Stage, visitor: httpx.AsyncClient) -> None:
    await say(visitor, "How long?")
    key = await stage.answer("A person will answer.", decision="escalate", confidence=0.5)
    page = (await visitor.get("/")).text
    assert f'aria-label="{translate("chat.hints", "en")}"' in page
    assert f'href="/chat/passages/{key}/1"' in page
    assert 'class="mark"' not in page
    assert "<mark>" in (await visitor.get(f"/chat/passages/{key}/1", headers={"X-Piece": "1"})).text


async def test_a_source_opens_with_the_quoted_sentence_marked(stage: Stage, visitor: httpx.AsyncClient) -> None:
    await say(visitor, "How long?")
    key = await stage.answer()
    piece = await visitor.get(f"/chat/passages/{key}/1", headers={"X-Piece": "1"})
    assert "<mark>You have 30 days\nfrom delivery.</mark> Keep the receipt." in piece.text
    assert "<html" not in piece.text
    whole = await visitor.get(f"/chat/passages/{key}/1", headers=FORM)
    assert "<html" in whole.text


async def test_two_sentences_of_one_place_are_one_source(stage: Stage, visitor: httpx.AsyncClient) -> None:
    await say(visitor, "How long?")
    key = await stage.answer("One. [1] Two. [2] Three. [3]", quotes=["Keep the receipt.", "You can return it."])
    page = (await visitor.get("/")).text
    assert page.count('class="chip"') == 1
    assert page.count('<sup class="mark" data-mark="1">1</sup>') == 2
    assert "[3]" in page
    piece = (await visitor.get(f"/chat/passages/{key}/1", headers={"X-Piece": "1"})).text
    assert piece.count("<mark>") == 2


@pytest.mark.parametrize("number", ["0", "2", "-1", "x", "9999999999"])
async def test_a_source_that_is_not_there_is_not_found(stage: Stage, visitor: httpx.AsyncClient, number: str) -> None:
    await say(visitor, "How long?")
    key = await stage.answer()
    assert (await visitor.get(f"/chat/passages/{key}/{number}")).status_code == 404


async def test_nobody_reads_or_rates_another_visitors_answer(stage: Stage, visitor: httpx.AsyncClient) -> None:
    await say(visitor, "How long?")
    key = await stage.answer()
    async with stage.client() as other:
        await other.get("/")
        assert (await other.get(f"/chat/passages/{key}/1")).status_code == 404
        assert (await other.post("/chat/feedback", json={"reply_key": key, "vote": "1"})).status_code == 404


async def test_a_later_vote_takes_the_place_of_the_earlier_one(stage: Stage, visitor: httpx.AsyncClient) -> None:
    await say(visitor, "How long?")
    key = await stage.answer()
    for vote in ("1", "-1"):
        assert (await visitor.post("/chat/feedback", json={"reply_key": key, "vote": vote})).status_code == 200

    async def work(connection: AsyncConnection) -> list[int]:
        return list((await connection.execute(select(feedback.c.vote))).scalars())

    assert await stage.database.read(work) == [-1]
    assert [event.vote for event in stage.events if isinstance(event, FeedbackGiven)] == [1, -1]
    assert "Thank you" in (await visitor.get("/")).text


@pytest.mark.parametrize("vote", ["", "0", "2", "yes"])
async def test_a_vote_is_up_or_down(stage: Stage, visitor: httpx.AsyncClient, vote: str) -> None:
    await say(visitor, "How long?")
    key = await stage.answer()
    assert (await visitor.post("/chat/feedback", json={"reply_key": key, "vote": vote})).status_code == 422


@pytest.mark.parametrize("key", [rb"\ud83d", rb"\u0000", rb"1:1\u0000", rb"\udc00:\ud83d"])
async def test_a_vote_for_what_no_database_can_hold_is_for_nothing(visitor: httpx.AsyncClient, key: bytes) -> None:
    body = b'{"reply_key": "' + key + b'", "vote": "1"}'
    refused = await visitor.post("/chat/feedback", content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code == 404
    assert (await visitor.get("/chat/passages/%00%ED%A0%BD/1")).status_code == 404


async def test_asking_for_a_person_is_a_message_and_shows(stage: Stage, visitor: httpx.AsyncClient) -> None:
    accepted = await visitor.post("/chat/person", json={"client_id": "p1"})
    assert accepted.status_code == 202
    await stage.answer("A person will answer you.", decision="escalate")
    page = (await visitor.get("/")).text
    assert "You asked for a person" in page
    assert 'data-state="waiting"' in page
    assert "entry--handover" in page


async def test_where_no_person_answers_the_page_promises_none(database: Database) -> None:
    people = PeopleThere(answer=False, contacts="help@example.com")
    async with staged(database, people=people) as stage, stage.client() as client:
        await database.write(partial(note_people_there, people=people))
        welcome = (await client.get("/")).text
        assert translate("chat.alone.welcome_text", "en") in welcome
        assert translate("telegram.contacts_button", "en") in welcome
        assert "a person" not in welcome.lower()
        await client.post("/chat/person", json={"client_id": "p1"})
        await stage.answer("A person will answer you.", decision="escalate")
        page = (await client.get("/")).text
    assert translate("chat.alone.asked_person", "en") in page
    assert "help@example.com" in page
    assert "A person will answer" not in page
    assert 'data-state="ready"' in page
    assert "entry--handover" not in page


async def test_where_there_is_nowhere_to_turn_to_nothing_is_offered(database: Database) -> None:
    async with staged(database, people=PeopleThere(answer=False)) as stage, stage.client() as client:
        assert '<form method="post" action="/chat/person" id="person" hidden>' in (await client.get("/")).text


async def test_nothing_that_people_or_documents_say_becomes_markup(stage: Stage, visitor: httpx.AsyncClient) -> None:
    await say(visitor, SCRIPT)
    key = await stage.answer(f'{SCRIPT} **{SCRIPT}** https://x.example/"onmouseover=alert(1)', title=SCRIPT)
    shown = (await visitor.get("/")).text + (await visitor.get(f"/chat/passages/{key}/1")).text
    assert "<script>alert" not in shown
    assert "<img" not in shown
    assert 'onmouseover="' not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown


@pytest.mark.parametrize(("language", "name"), [("en", "North House"), ("ru", "Северный дом")])
async def test_without_a_company_the_default_name_stands_there(database: Database, language: str, name: str) -> None:
    async with staged(database) as stage:
        stage.app.router.routes.clear()
        names = {"en": "North House", "ru": "Северный дом"}
        stage.app.include_router(
            WebChat(
                WebChatDependencies(
                    database,
                    stage.bus,
                    SqlWebConversations(database),
                    MemoryCache(),
                    stage.files,
                    default_company=names,
                )
            ).router
        )
        async with stage.client() as client:
            assert f"<title>{name}</title>" in (await client.get(f"/?lang={language}")).text


async def test_a_company_name_is_text(database: Database) -> None:
    async with staged(database) as stage:
        stage.app.router.routes.clear()
        conversations = SqlWebConversations(database)
        chat = WebChat(
            WebChatDependencies(
                database,
                stage.bus,
                conversations,
                MemoryCache(),
                stage.files,
                company=SCRIPT,
                starters={"en": [SCRIPT]},
            )
        )
        stage.app.include_router(chat.router)
        async with stage.client() as client:
            assert "<script>alert" not in (await client.get("/")).text


async def test_pages_allow_no_script_but_our_own(visitor: httpx.AsyncClient) -> None:
    page = await visitor.get("/")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "<script>" not in page.text
    assert " style=" not in page.text
    assert " onclick=" not in page.text


async def test_static_files_may_be_kept_for_ever_and_change_their_address(visitor: httpx.AsyncClient) -> None:
    page = (await visitor.get("/")).text
    path = page.split('<script type="module" src="')[1].split('"')[0]
    script = await visitor.get(path)
    assert "immutable" in script.headers["cache-control"]
    assert script.headers["content-type"].startswith("text/javascript")
    old = await visitor.get(path.replace(path.split("/")[3], "0" * 12))
    assert (old.status_code, old.headers["cache-control"]) == (200, "no-cache")
    assert (await visitor.get("/static/chat/x/../../../../etc/passwd")).status_code == 404


async def test_the_language_follows_the_browser_and_then_the_choice(stage: Stage) -> None:
    async with stage.client() as client:
        russian = {"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.5"}
        assert "Чем помочь?" in (await client.get("/", headers=russian)).text
        await client.get("/?lang=en", headers=russian)
        assert "What can we help you with?" in (await client.get("/", headers=russian)).text


async def test_only_the_newest_are_shown_until_more_is_asked_for(stage: Stage, visitor: httpx.AsyncClient) -> None:
    for number in range(62):
        await say(visitor, f"Message {number}.", f"m{number}")
    page = (await visitor.get("/")).text
    assert "Message 0." not in page
    assert "Message 61." in page
    assert "Message 0." in (await visitor.get("/?show=260")).text


@pytest.mark.parametrize(
    ("peer", "origin", "seen"),
    [
        ("127.0.0.1", "http://localhost:5000", True),
        ("127.0.0.1", "http://support.example", False),
        ("203.0.113.7", "http://localhost:5000", False),
    ],
)
async def test_the_inbox_is_linked_only_for_whom_it_opens(stage: Stage, peer: str, origin: str, *, seen: bool) -> None:
    async with stage.client(peer=peer, origin=origin) as client:
        assert ('href="/inbox"' in (await client.get("/")).text) is seen
