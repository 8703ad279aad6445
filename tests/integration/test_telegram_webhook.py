"""Updates that are sent to us: refused, kept aside or stored, and acknowledged only then."""

import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.schema.tables import messages, quarantine
from supportbot.common.web.routes import add_routes
from tests.fakes.serving import LoopbackServer
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.integration.switchable import SwitchableDatabase
from tests.integration.telegram_gateway import ANNA, World, running, settings_for

SECRET = "A-secret_of-ours_1234567890"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
OTHER_TOKEN = "987654321:BBAnotherFakeToken_0123456789abcdefghij"


class Site:
    """A gateway behind a real HTTP server."""

    def __init__(self, world: World, database: SwitchableDatabase, client: httpx.AsyncClient) -> None:
        self.world = world
        self.database = database
        self._client = client

    async def post(self, body: object, secret: str | bytes | None = SECRET) -> int:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {} if secret is None else {HEADER.encode(): secret.encode() if isinstance(secret, str) else secret}
        return (await self._client.post("/webhook", content=content, headers=headers)).status_code


@pytest.fixture
async def site(sqlite_database: SqliteDatabase, tmp_path: Path) -> AsyncGenerator[Site]:
    database = SwitchableDatabase(sqlite_database)
    async with FakeTelegram() as fake:
        fake.add_bot(OTHER_TOKEN)
        settings = settings_for(
            fake,
            tmp_path,
            telegram_bot_token=f"{TOKEN},{OTHER_TOKEN}",
            webhook_url="https://bot.example.com",
            telegram_webhook_secret=SECRET,
        )
        async with running(fake, database, settings) as world:
            app = FastAPI()
            add_routes(app, *world.gateway.routers)
            server = LoopbackServer(app)
            await server.start()
            for bot in fake.bots.values():
                bot.route_webhook("bot.example.com", server.url)
            async with httpx.AsyncClient(base_url=server.url) as client:
                yield Site(world, database, client)
            await server.stop()


def question(number: int, text: str = "Hello") -> dict[str, Any]:
    person = {"id": ANNA, "is_bot": False, "first_name": "Anna"}
    chat = {"id": ANNA, "type": "private"}
    return {
        "update_id": number,
        "message": {"message_id": number, "date": 1, "chat": chat, "from": person, "text": text},
    }


async def test_telegram_is_told_where_to_send_updates_and_sends_them_there(site: Site) -> None:
    fake = site.world.telegram
    await fake.wait_for_call("setWebhook")
    assert fake.world.webhook.url == "https://bot.example.com/webhook"
    assert fake.world.webhook.secret_token == SECRET
    fake.user_says(ANNA, "By webhook")
    assert (await fake.wait_for_message(ANNA)).text.startswith("Echo: By webhook")


async def test_bots_are_told_apart_by_their_secrets(site: Site) -> None:
    other = site.world.telegram.bots[OTHER_TOKEN]
    await other.wait_for_call("setWebhook")
    assert other.world.webhook.secret_token != SECRET
    other.add_user(ANNA)
    other.user_says(ANNA, "To the other one")
    await other.wait_for_message(ANNA)
    assert site.world.telegram.sent(ANNA) == []


@pytest.mark.parametrize("secret", [None, "", "wrong", "ключ".encode(), b"\xff\xfe"])
async def test_whoever_does_not_know_the_secret_is_refused(site: Site, secret: str | bytes | None) -> None:
    assert await site.post(question(1), secret) == 401
    assert await site.world.rows(messages) == []


async def test_an_update_is_stored_when_it_is_acknowledged(site: Site) -> None:
    assert await site.post(question(1, "Kept")) == 200
    assert [message.text for message in await site.world.rows(messages)] == ["Kept"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b'{"update_id": NaN}',
        b'{"update_id": 1, "message": {"x": 1e999}}',
        b"[" * 10_000 + b"]" * 10_000,
        b'{"message": {}}',
        b'{"update_id": "1"}',
        b'{"update_id": 9223372036854775808}',
    ],
)
async def test_what_is_authentic_but_unreadable_is_kept_aside_once(site: Site, body: bytes) -> None:
    assert await site.post(body) == 200
    assert await site.post(body) == 200
    assert len(await site.world.rows(quarantine)) == 1


async def test_a_known_id_with_another_body_is_kept_aside(site: Site) -> None:
    assert await site.post(question(1, "One")) == 200
    assert await site.post(question(1, "Two")) == 200
    (kept,) = await site.world.rows(quarantine)
    assert kept.update_id == "1"
    assert [message.text for message in await site.world.rows(messages)] == ["One"]


async def test_text_that_no_store_could_hold_is_stored_without_what_is_wrong_with_it(site: Site) -> None:
    raw = json.dumps(question(1)).replace("Hello", r"a\u0000b\ud800c").encode()
    assert await site.post(raw) == 200
    assert [message.text for message in await site.world.rows(messages)] == ["ab\ufffdc"]


async def test_a_body_over_the_limit_is_refused(site: Site) -> None:
    assert await site.post(b"x" * (1024 * 1024 + 1)) == 413
    assert await site.world.rows(quarantine) == []


async def test_a_database_that_is_away_is_said_so_and_the_update_is_taken_when_it_comes_again(site: Site) -> None:
    site.database.away = True
    assert await site.post(question(1, "Patient")) == 503
    site.database.away = False
    assert await site.post(question(1, "Patient")) == 200
    assert [message.text for message in await site.world.rows(messages)] == ["Patient"]
