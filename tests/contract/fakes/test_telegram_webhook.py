"""Delivery to a webhook: secret, order, retries, conflicts."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest

from tests.contract.fakes.conftest import ANNA
from tests.fakes.serving import LoopbackServer, Receive, Scope, Send
from tests.fakes.telegram import FakeTelegram


@dataclass
class Hook:
    """A webhook endpoint: answers with the prepared statuses, then 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    reply: bytes = b""
    paths: list[str] = field(default_factory=list)
    secrets: list[bytes | None] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while (part := await receive())["type"] == "http.request":
            body += part["body"]
            if not part.get("more_body"):
                break
        self.paths.append(scope["path"])
        self.secrets.append(dict(scope["headers"]).get(b"x-telegram-bot-api-secret-token"))
        self.bodies.append(body)
        status = self.statuses.pop(0) if self.statuses else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": self.reply})

    def texts(self) -> list[str]:
        return [json.loads(body)["message"]["text"] for body in self.bodies]


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    found = Hook()
    server = LoopbackServer(found.app)
    await server.start()
    found.url = server.url
    yield found
    await server.stop()


async def delivered(telegram: FakeTelegram, count: int) -> None:
    await telegram.wait_until(lambda: telegram.webhook_deliveries().get("delivered", 0) >= count or None)


async def test_updates_are_posted_with_the_secret(telegram: FakeTelegram, api: httpx.AsyncClient, hook: Hook) -> None:
    telegram.user_says(ANNA, "before the webhook was set")
    await api.post("setWebhook", json={"url": f"{hook.url}/webhook", "secret_token": "s3cret_-"})
    telegram.user_says(ANNA, "after")
    await delivered(telegram, 2)
    assert hook.texts() == ["before the webhook was set", "after"]
    assert set(hook.secrets) == {b"s3cret_-"}
    info = (await api.get("getWebhookInfo")).json()["result"]
    assert (info["url"], info["pending_update_count"]) == (f"{hook.url}/webhook", 0)


async def test_a_refused_update_comes_again_before_its_successors(
    telegram: FakeTelegram, api: httpx.AsyncClient, hook: Hook
) -> None:
    telegram.delivery.first_pause_s = 0.01
    hook.statuses = [503, 500]
    await api.post("setWebhook", json={"url": hook.url})
    telegram.user_says(ANNA, "one")
    telegram.user_says(ANNA, "two")
    await delivered(telegram, 2)
    assert hook.texts() == ["one", "one", "one", "two"]
    assert telegram.webhook_deliveries() == {"delivered": 2, "failed": 2}
    info = (await api.get("getWebhookInfo")).json()["result"]
    assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"


async def test_an_unreachable_webhook_keeps_updates_waiting(telegram: FakeTelegram, api: httpx.AsyncClient) -> None:
    await api.post("setWebhook", json={"url": "http://127.0.0.1:9/hook"})
    telegram.user_says(ANNA, "anyone there?")
    await telegram.wait_until(lambda: telegram.webhook_deliveries().get("failed"))
    info = (await api.get("getWebhookInfo")).json()["result"]
    assert (info["pending_update_count"], info["last_error_message"]) == (1, "Connection refused")
    await api.post("deleteWebhook", json={"drop_pending_updates": False})
    assert len((await api.get("getUpdates")).json()["result"]) == 1


async def test_a_broken_webhook_says_why_by_telegrams_own_clock_and_delivers_once_mended(
    telegram: FakeTelegram, api: httpx.AsyncClient, hook: Hook
) -> None:
    telegram.set_clock(1_000_000_000.0, step_s=1.0)
    telegram.delivery.first_pause_s = 0.01
    await api.post("setWebhook", json={"url": hook.url})
    assert "last_error_date" not in (await api.get("getWebhookInfo")).json()["result"]
    telegram.break_webhook("Read timeout expired")
    telegram.user_says(ANNA, "late")
    await telegram.wait_until(lambda: telegram.webhook_deliveries().get("failed"))
    info = (await api.get("getWebhookInfo")).json()["result"]
    assert (info["pending_update_count"], info["last_error_message"]) == (1, "Read timeout expired")
    assert 1_000_000_000 <= info["last_error_date"] < 1_000_001_000
    telegram.mend_webhook()
    await delivered(telegram, 1)
    assert hook.texts() == ["late"]
    info = (await api.get("getWebhookInfo")).json()["result"]
    assert (info["pending_update_count"], info["last_error_message"]) == (0, "Read timeout expired")


async def test_an_update_can_be_delivered_ten_times_and_be_no_json(
    telegram: FakeTelegram, api: httpx.AsyncClient, hook: Hook
) -> None:
    await api.post("setWebhook", json={"url": hook.url})
    telegram.user_says(ANNA, "again")
    telegram.redeliver(telegram.last_update_id(), times=9)
    telegram.inject_update(b"{not json")
    await delivered(telegram, 11)
    assert len([body for body in hook.bodies if b"again" in body]) == 10
    assert b"{not json" in hook.bodies


async def test_a_public_address_is_routed_to_loopback(
    telegram: FakeTelegram, api: httpx.AsyncClient, hook: Hook
) -> None:
    telegram.route_webhook("bot.example.com", hook.url)
    reply = await api.post("setWebhook", json={"url": "https://bot.example.com/webhook"})
    assert reply.json()["result"] is True
    telegram.user_says(ANNA, "routed")
    await delivered(telegram, 1)
    assert hook.paths == ["/webhook"]


async def test_a_method_in_the_webhooks_reply_is_run(
    telegram: FakeTelegram, api: httpx.AsyncClient, hook: Hook
) -> None:
    hook.reply = json.dumps({"method": "sendMessage", "chat_id": ANNA, "text": "by reply"}).encode()
    await api.post("setWebhook", json={"url": hook.url})
    telegram.user_says(ANNA, "hello")
    sent = await telegram.wait_for_message(ANNA)
    assert sent.text == "by reply"


async def test_chats_do_not_wait_for_each_other(telegram: FakeTelegram, api: httpx.AsyncClient) -> None:
    telegram.add_user(8, "Boris")
    seen: list[str] = []
    held = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = json.loads((await receive())["body"])
        if body["message"]["chat"]["id"] == ANNA:
            await held.wait()
        seen.append(body["message"]["text"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    server = LoopbackServer(app)
    await server.start()
    await api.post("setWebhook", json={"url": server.url})
    telegram.user_says(ANNA, "slow")
    telegram.user_says(8, "quick")
    await delivered(telegram, 1)
    assert seen == ["quick"]
    held.set()
    await delivered(telegram, 2)
    await server.stop()


async def test_copies_of_one_update_reach_two_gateways_side_by_side(
    telegram: FakeTelegram, api: httpx.AsyncClient, hook: Hook
) -> None:
    other = Hook()
    server = LoopbackServer(other.app)
    await server.start()
    telegram.route_webhook("bot.example.com", [hook.url, server.url])
    telegram.user_says(ANNA, "one of ten")
    telegram.redeliver(telegram.last_update_id(), times=9, at_once=True)
    await api.post("setWebhook", json={"url": "https://bot.example.com/webhook"})
    await delivered(telegram, 10)
    assert (len(hook.bodies), len(other.bodies)) == (5, 5)
    await server.stop()
