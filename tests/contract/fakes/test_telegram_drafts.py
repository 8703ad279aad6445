"""What a chat shows while its bot writes, as the Bot API and its clients have it."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.contract.fakes.conftest import ANNA
from tests.fakes.telegram import FakeTelegram


async def write(api: httpx.AsyncClient, draft_id: int, text: str, **more: Any) -> None:
    given = {"chat_id": ANNA, "draft_id": draft_id, "text": text, **more}
    assert (await api.post("sendMessageDraft", json=given)).json() == {"ok": True, "result": True}


def shown(telegram: FakeTelegram) -> str | None:
    draft = telegram.draft(ANNA)
    return None if draft is None else draft.text


async def test_one_draft_takes_the_place_of_another_and_a_message_of_all(
    telegram: FakeTelegram, api: httpx.AsyncClient
) -> None:
    await write(api, 1, "<b>One</b>.", parse_mode="HTML")
    assert shown(telegram) == "One."
    await write(api, 2, "Other.")
    assert shown(telegram) == "Other."
    await write(api, 2, "")
    assert shown(telegram) == ""
    telegram.user_says(ANNA, "Hello")
    assert shown(telegram) == ""
    assert telegram.sent(ANNA) == []
    await api.post("sendMessage", json={"chat_id": ANNA, "text": "Done."})
    assert shown(telegram) is None


async def test_a_draft_lasts_for_half_a_minute(telegram: FakeTelegram, api: httpx.AsyncClient) -> None:
    await write(api, 1, "One.")
    now = telegram.world.now
    telegram.world.now = lambda: now() + timedelta(seconds=31)
    assert shown(telegram) is None


@pytest.mark.parametrize("keeps", [True, False])
async def test_who_stops_a_draft_is_told_once_and_what_is_shown_after_it_stands_out(
    telegram: FakeTelegram, api: httpx.AsyncClient, *, keeps: bool
) -> None:
    await write(api, 7, "One.", can_stop=True, keep_on_stop=keeps)
    telegram.user_stops(ANNA)
    assert shown(telegram) == ("One." if keeps else None)
    with pytest.raises(ValueError, match="nothing that can be stopped"):
        telegram.user_stops(ANNA)
    (update,) = (await api.get("getUpdates")).json()["result"]
    stop = update["stopped_message_generation"]
    assert (stop["chat"]["id"], stop["draft_id"]) == (ANNA, "7")
    await write(api, 7, "One. Two.")
    assert [draft.after_stop for draft in telegram.drafts(ANNA)] == [False, True]


async def test_what_cannot_be_stopped_is_not(telegram: FakeTelegram, api: httpx.AsyncClient) -> None:
    await write(api, 7, "One.")
    with pytest.raises(ValueError, match="nothing that can be stopped"):
        telegram.user_stops(ANNA)


async def test_drafts_count_overall_and_not_in_their_chat(telegram: FakeTelegram, api: httpx.AsyncClient) -> None:
    telegram.enforce_limits()
    for number in range(30):
        await write(api, 1, f"{number}")
    refused = await api.post("sendMessageDraft", json={"chat_id": ANNA, "draft_id": 1, "text": "x"})
    assert refused.status_code == 429
