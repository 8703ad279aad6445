"""getUpdates: offsets, limits, kinds, conflicts, odd updates."""

import asyncio
import json

import httpx

from tests.contract.fakes.conftest import ANNA
from tests.fakes.telegram import FakeTelegram


async def updates(api: httpx.AsyncClient, **arguments: object) -> list[dict[str, object]]:
    reply = await api.post("getUpdates", json=arguments)
    assert reply.status_code == 200, reply.text
    found: list[dict[str, object]] = reply.json()["result"]
    return found


async def test_updates_repeat_until_an_offset_confirms_them(telegram: FakeTelegram, api: httpx.AsyncClient) -> None:
    for text in ("one", "two", "three"):
        telegram.user_says(ANNA, text)
    first = await updates(api)
    again = await updates(api, limit=2)
    assert [u["update_id"] for u in first][:2] == [u["update_id"] for u in again]
    rest = await updates(api, offset=telegram.last_update_id())
    assert [u["update_id"] for u in rest] == [telegram.last_update_id()]
    assert telegram.pending_updates() == 1
    assert await updates(api, offset=telegram.last_update_id() + 1) == []


async def test_a_negative_offset_keeps_only_the_newest(telegram: FakeTelegram, api: httpx.AsyncClient) -> None:
    for text in ("one", "two", "three"):
        telegram.user_says(ANNA, text)
    newest = await updates(api, offset=-1)
    assert [u["update_id"] for u in newest] == [telegram.last_update_id()]


async def test_a_long_poll_ends_when_something_happens(telegram: FakeTelegram, api: httpx.AsyncClient) -> None:
    poll = asyncio.create_task(updates(api, timeout=30))
    await telegram.world.changed.until(lambda: telegram.world.poller, 5)
    telegram.user_says(ANNA, "wake up")
    assert len(await poll) == 1


async def test_kinds_that_were_not_asked_for_do_not_come(telegram: FakeTelegram, api: httpx.AsyncClient) -> None:
    await updates(api, allowed_updates=["callback_query"])
    telegram.user_says(ANNA, "unseen")
    assert await updates(api) == []
    await updates(api, allowed_updates=[])
    telegram.user_says(ANNA, "seen")
    assert len(await updates(api)) == 1


async def test_polling_and_a_webhook_exclude_each_other(telegram: FakeTelegram, api: httpx.AsyncClient) -> None:
    poll = asyncio.create_task(api.post("getUpdates", json={"timeout": 30}))
    await telegram.world.changed.until(lambda: telegram.world.poller, 5)
    telegram.delivery.paused = True
    await api.post("setWebhook", json={"url": "https://127.0.0.1:8443/hook"})
    ended = await poll
    assert (ended.status_code, ended.json()["description"]) == (409, "Conflict: terminated by setWebhook request")
    refused = await api.post("getUpdates")
    assert refused.status_code == 409
    assert "webhook is active" in refused.json()["description"]
    await api.post("deleteWebhook")
    assert await updates(api) == []


async def test_redelivered_and_odd_updates_are_handed_out_at_least_once(
    telegram: FakeTelegram, api: httpx.AsyncClient
) -> None:
    telegram.user_says(ANNA, "once")
    known = telegram.last_update_id()
    await updates(api, offset=known + 1)
    telegram.redeliver(known, times=2)
    telegram.inject_update({"message": {"text": "no id"}})
    telegram.inject_update({"update_id": -4, "mystery": {}})
    telegram.inject_update(json.dumps({"update_id": 2**63}))
    batch = await updates(api, offset=known + 1)
    assert [u.get("update_id") for u in batch] == [known, known, None, -4, 2**63]
    assert [u.get("update_id") for u in await updates(api, offset=2**63 + 1)] == []


async def test_bytes_that_are_no_json_are_passed_on_as_they_are(telegram: FakeTelegram, api: httpx.AsyncClient) -> None:
    telegram.inject_update(b'{"update_id": NaN}')
    reply = await api.get("getUpdates")
    assert reply.content == b'{"ok":true,"result":[{"update_id": NaN}]}'
    assert await updates(api) == []


async def test_held_updates_come_newest_first(telegram: FakeTelegram, api: httpx.AsyncClient) -> None:
    telegram.hold_updates()
    for text in ("one", "two"):
        telegram.user_says(ANNA, text)
    assert await updates(api) == []
    telegram.release_updates(backwards=True)
    newest = telegram.last_update_id()
    assert [u["update_id"] for u in await updates(api)] == [newest, newest - 1]
