"""Scripted failures, automatic limits, several bots."""

import httpx
import pytest

from tests.contract.fakes.conftest import ANNA, GROUP
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram.errors import ApiError
from tests.fakes.telegram.limits import RateLimits


async def test_a_failure_hits_its_method_and_chat_so_many_times(telegram: FakeTelegram, api: httpx.AsyncClient) -> None:
    telegram.fail("sendMessage", chat=ANNA, times=2, status=500)
    statuses = [
        (await api.post("sendMessage", json={"chat_id": chat, "text": "x"})).status_code
        for chat in (GROUP, ANNA, ANNA, ANNA)
    ]
    assert statuses == [200, 500, 500, 200]
    assert telegram.counts() == {"sendMessage": {"failed 500": 2, "ok": 2}}


async def test_a_wrong_call_is_not_accepted_even_where_the_reply_would_be_lost(
    telegram: FakeTelegram, api: httpx.AsyncClient
) -> None:
    telegram.fail("sendMessage", after_accept=True, status=502)
    reply = await api.post("sendMessage", json={"chat_id": ANNA, "text": ""})
    assert reply.status_code == 400
    assert telegram.sent() == []


async def test_retry_after_is_in_body_and_parameters(telegram: FakeTelegram, api: httpx.AsyncClient) -> None:
    telegram.flood(35)
    reply = await api.post("sendMessage", json={"chat_id": ANNA, "text": "x"})
    assert (reply.status_code, reply.json()) == (
        429,
        {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 35",
            "parameters": {"retry_after": 35},
        },
    )


async def test_a_connection_can_be_reset_before_anything_was_done(
    telegram: FakeTelegram, api: httpx.AsyncClient
) -> None:
    telegram.fail("sendMessage", ending="reset")
    with pytest.raises(httpx.TransportError):
        await api.post("sendMessage", json={"chat_id": ANNA, "text": "x"})
    assert telegram.sent() == []


async def test_a_slow_call_is_right_in_the_end(telegram: FakeTelegram, api: httpx.AsyncClient) -> None:
    telegram.slow("sendMessage", 0.01)
    reply = await api.post("sendMessage", json={"chat_id": ANNA, "text": "x"})
    assert reply.status_code == 200


async def test_healing_forgets_what_was_to_fail(telegram: FakeTelegram, api: httpx.AsyncClient) -> None:
    telegram.fail(times=100)
    telegram.heal()
    assert (await api.get("getMe")).status_code == 200


async def test_the_second_message_in_a_second_is_refused_once_limits_are_on(
    telegram: FakeTelegram, api: httpx.AsyncClient
) -> None:
    telegram.enforce_limits()
    replies = [await api.post("sendMessage", json={"chat_id": ANNA, "text": "x"}) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 429]
    assert replies[1].json()["parameters"] == {"retry_after": 1}


def test_limits_count_by_chat_by_group_and_overall() -> None:
    now = 0.0
    limits = RateLimits(clock=lambda: now)
    limits.enabled = True
    for chat in range(30):
        limits.check(chat, group=False)
    with pytest.raises(ApiError):
        limits.check(31, group=False)
    for minute_second in range(1, 21):
        now = float(minute_second) * 1.5
        limits.check(-1, group=True)
    now = 32.0
    with pytest.raises(ApiError) as refusal:
        limits.check(-1, group=True)
    assert refusal.value.parameters == {"retry_after": 30}
    now = 61.6
    limits.check(-1, group=True)


async def test_two_bots_have_separate_chats(telegram: FakeTelegram) -> None:
    other = telegram.add_bot("42:other")
    other.add_user(8)
    async with httpx.AsyncClient(base_url=telegram.base_url, trust_env=False) as api:
        theirs = await api.get("/bot42:other/sendMessage", params={"chat_id": 8, "text": "x"})
        not_theirs = await api.get("/bot42:other/sendMessage", params={"chat_id": ANNA, "text": "x"})
    assert (theirs.status_code, not_theirs.status_code) == (200, 400)
    assert len(other.sent()) == 1
    assert telegram.sent() == []
