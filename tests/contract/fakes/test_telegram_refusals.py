"""What the Bot API refuses, the fake refuses in the same words."""

import json
from typing import Any

import httpx
import pytest

from tests.contract.fakes.conftest import ANNA, FORUM, GROUP
from tests.fakes.telegram import FakeTelegram

OK = {"text": "Good", "callback_data": "x"}
STRANGE = "can't parse inline keyboard button"


def keyboard(button: Any) -> str:
    return json.dumps({"inline_keyboard": [[button]]})


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("sendMessage", {"chat_id": ANNA}, "message text is empty"),
    ("sendMessage", {"chat_id": ANNA, "text": ""}, "message text is empty"),
    ("sendMessage", {"chat_id": ANNA, "text": " \n\t"}, "message text is empty"),
    ("sendMessage", {"chat_id": ANNA, "text": "<b> </b>", "parse_mode": "HTML"}, "message text is empty"),
    ("sendMessage", {"chat_id": ANNA, "text": "x" * 4097}, "message is too long"),
    ("sendMessage", {"chat_id": ANNA, "text": "x" * 4095 + "😀"}, "message is too long"),
    ("sendMessage", {"text": "x"}, "chat_id is empty"),
    ("sendMessage", {"chat_id": 999, "text": "x"}, "chat not found"),
    ("sendMessage", {"chat_id": "@nobody", "text": "x"}, "chat not found"),
    ("sendMessage", {"chat_id": "x", "text": "x"}, "chat not found"),
    ("sendMessage", {"chat_id": ANNA, "text": "a\0b"}, "strings must be encoded in UTF-8"),
    ("sendMessage", {"chat_id": ANNA, "text": "a\ud83d"}, "strings must be encoded in UTF-8"),
    ("sendMessage", {"chat_id": ANNA, "text": "x", "parse_mode": "BBCode"}, "unsupported parse_mode"),
    ("sendMessage", {"chat_id": ANNA, "text": "x", "reply_to_message_id": 9}, "message to be replied not found"),
    (
        "sendMessage",
        {"chat_id": ANNA, "text": "x", "reply_parameters": {"message_id": 9}},
        "message to be replied not found",
    ),
    ("sendMessage", {"chat_id": FORUM, "text": "x", "message_thread_id": 77}, "message thread not found"),
    ("sendMessage", {"chat_id": ANNA, "text": "x", "message_thread_id": 77}, "message thread not found"),
    ("sendMessage", {"chat_id": ANNA, "text": "x", "reply_markup": "{"}, "can't parse reply keyboard markup"),
    ("sendMessage", {"chat_id": ANNA, "text": "x", "reply_markup": "[]"}, "object expected as reply markup"),
    (
        "sendMessage",
        {"chat_id": ANNA, "text": "x", "reply_markup": keyboard(OK | {"callback_data": "ы" * 33})},
        "BUTTON_DATA_INVALID",
    ),
    (
        "sendMessage",
        {"chat_id": ANNA, "text": "x", "reply_markup": keyboard(OK | {"callback_data": ""})},
        "BUTTON_DATA_INVALID",
    ),
    ("sendMessage", {"chat_id": ANNA, "text": "x", "reply_markup": keyboard(OK | {"text": " "})}, STRANGE),
    ("sendMessage", {"chat_id": ANNA, "text": "x", "reply_markup": keyboard({"text": "x"})}, STRANGE),
    ("sendMessage", {"chat_id": ANNA, "text": "x", "reply_markup": keyboard(OK | {"url": "https://a.b"})}, STRANGE),
    ("sendMessage", {"chat_id": ANNA, "text": "x", "reply_markup": keyboard({"text": "x", "url": "ftp:x"})}, "invalid"),
    (
        "sendMessage",
        {"chat_id": ANNA, "text": "abc", "entities": [{"type": "bold", "offset": 2, "length": 5}]},
        "ends after the end of the text",
    ),
    (
        "sendMessage",
        {"chat_id": ANNA, "text": "abc", "entities": [{"type": "bold", "offset": -1, "length": 1}]},
        "outside of the text",
    ),
    (
        "sendMessage",
        {"chat_id": ANNA, "text": "a😀", "entities": [{"type": "bold", "offset": 2, "length": 1}]},
        "in a middle of a UTF-16 symbol",
    ),
    ("sendMessage", {"chat_id": ANNA, "text": "abc", "entities": [{"type": "loud"}]}, "can't parse MessageEntity"),
    ("sendMessage", {"chat_id": ANNA, "text": "x", "link_preview_options": "{"}, "LinkPreviewOptions"),
    ("editMessageText", {"chat_id": ANNA, "text": "x"}, "message identifier is not specified"),
    ("editMessageText", {"chat_id": ANNA, "text": "x", "message_id": 5}, "message to edit not found"),
    ("deleteMessage", {"chat_id": ANNA, "message_id": 5}, "message to delete not found"),
    ("copyMessage", {"chat_id": ANNA, "from_chat_id": ANNA, "message_id": 5}, "message to copy not found"),
    ("forwardMessage", {"chat_id": ANNA, "from_chat_id": ANNA, "message_id": 5}, "message to forward not found"),
    ("sendMessageDraft", {"chat_id": ANNA, "text": "x"}, "RANDOM_ID_INVALID"),
    ("sendMessageDraft", {"chat_id": ANNA, "draft_id": 0, "text": "x"}, "RANDOM_ID_INVALID"),
    ("sendMessageDraft", {"chat_id": GROUP, "draft_id": 1, "text": "x"}, "TEXTDRAFT_PEER_INVALID"),
    ("sendMessageDraft", {"chat_id": ANNA, "draft_id": 1, "text": "x" * 4097}, "message is too long"),
    ("sendMessageDraft", {"chat_id": 999, "draft_id": 1, "text": "x"}, "chat not found"),
    (
        "sendMessageDraft",
        {"chat_id": ANNA, "draft_id": 1, "text": "<b>x", "parse_mode": "HTML"},
        "can't parse entities",
    ),
    ("sendChatAction", {"chat_id": ANNA, "action": "dancing"}, "wrong parameter action in request"),
    ("answerCallbackQuery", {"callback_query_id": "1"}, "query is too old"),
    ("createForumTopic", {"chat_id": GROUP, "name": "x"}, "the chat is not a forum"),
    ("createForumTopic", {"chat_id": FORUM, "name": " "}, "title must be non-empty"),
    ("getFile", {"file_id": "x"}, "wrong file_id"),
    ("setMyCommands", {"commands": [{"command": "Bad Name", "description": "x"}]}, "BOT_COMMAND_INVALID"),
    ("setMessageReaction", {"chat_id": ANNA, "message_id": 5}, "message to react not found"),
    ("setWebhook", {"url": "ftp://127.0.0.1/x"}, "HTTPS URL must be provided"),
    ("setWebhook", {"url": "https://example.com/x"}, "loopback only"),
    ("setWebhook", {"url": "https://10.0.0.1/x"}, "loopback only"),
    ("setWebhook", {"url": "https://127.0.0.1/x", "secret_token": "a b"}, "unallowed characters"),
    ("setWebhook", {"url": "https://127.0.0.1/x", "secret_token": "ключ"}, "unallowed characters"),
    ("setWebhook", {"url": "https://127.0.0.1/x", "secret_token": "x" * 257}, "too long"),
]


@pytest.mark.parametrize(("method", "arguments", "words"), REFUSED)
async def test_a_wrong_call_is_refused(
    api: httpx.AsyncClient, telegram: FakeTelegram, method: str, arguments: dict[str, Any], words: str
) -> None:
    reply = await api.post(method, content=json.dumps(arguments), headers={"content-type": "application/json"})
    assert reply.status_code == 400
    body = reply.json()
    assert body["ok"] is False
    assert body["error_code"] == 400
    assert body["description"].startswith("Bad Request: ")
    assert words in body["description"]
    assert telegram.sent() == []
    assert telegram.counts()[method] == {"error 400": 1}


async def test_strangers_and_unknown_methods_are_turned_away(telegram: FakeTelegram, api: httpx.AsyncClient) -> None:
    async with httpx.AsyncClient(base_url=telegram.base_url, trust_env=False) as stranger:
        wrong = await stranger.get("/bot1:wrong/getMe")
        nowhere = await stranger.get("/getMe")
    assert (wrong.status_code, wrong.json()) == (401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
    assert (nowhere.status_code, nowhere.json()["description"]) == (404, "Not Found")
    unknown = await api.get("sendTelepathy")
    assert (unknown.status_code, unknown.json()["description"]) == (404, "Not Found: method not found")


async def test_a_user_who_never_started_the_bot_cannot_be_written_to(
    telegram: FakeTelegram, api: httpx.AsyncClient
) -> None:
    telegram.add_user(8, "Boris", started=False)
    refused = await api.get("sendMessage", params={"chat_id": 8, "text": "x"})
    assert refused.status_code == 403
    assert refused.json()["description"] == "Forbidden: bot can't initiate conversation with a user"
    telegram.user_says(8, "/start")
    accepted = await api.get("sendMessage", params={"chat_id": 8, "text": "x"})
    assert accepted.status_code == 200


@pytest.mark.parametrize("text", ["x" * 4096, "😀" * 2048, "<b>" + "x" * 4096 + "</b>"])
async def test_the_limit_counts_utf16_units_after_parsing(api: httpx.AsyncClient, text: str) -> None:
    reply = await api.post("sendMessage", data={"chat_id": ANNA, "text": text, "parse_mode": "HTML"})
    assert reply.status_code == 200, reply.text


async def test_arguments_may_come_in_every_form(telegram: FakeTelegram, api: httpx.AsyncClient) -> None:
    await api.get("sendMessage", params={"chat_id": ANNA, "text": "query"})
    await api.post("SENDMESSAGE", data={"chat_id": str(ANNA), "text": "form"})
    await api.post("sendMessage", files={"chat_id": (None, str(ANNA)), "text": (None, "multipart")})
    await api.post("sendMessage", json={"chat_id": ANNA, "text": "json", "disable_notification": True})
    assert [sent.text for sent in telegram.sent(ANNA)] == ["query", "form", "multipart", "json"]
    broken = await api.post("sendMessage", content=b"{", headers={"content-type": "application/json"})
    assert broken.status_code == 400
    partless = await api.post("sendMessage", content=b"x", headers={"content-type": "multipart/form-data"})
    assert partless.status_code == 400
    huge = await api.post("sendMessage", files={"chat_id": (None, str(ANNA)), "text": (None, "x" * 2_000_000)})
    assert huge.json()["description"] == "Bad Request: message is too long"


async def test_other_peoples_messages_and_identical_text_cannot_be_edited(
    telegram: FakeTelegram, api: httpx.AsyncClient
) -> None:
    said = telegram.user_says(ANNA, "mine")
    theirs = await api.post("editMessageText", json={"chat_id": ANNA, "message_id": said, "text": "x"})
    assert theirs.json()["description"] == "Bad Request: message can't be edited"
    sent = (await api.post("sendMessage", json={"chat_id": ANNA, "text": "x"})).json()["result"]
    same = await api.post("editMessageText", json={"chat_id": ANNA, "message_id": sent["message_id"], "text": "x"})
    assert "message is not modified" in same.json()["description"]


async def test_a_reply_to_a_vanished_message_goes_out_when_that_is_allowed(
    telegram: FakeTelegram, api: httpx.AsyncClient
) -> None:
    said = telegram.user_says(ANNA, "gone soon")
    telegram.delete_by_user(ANNA, said)
    parameters = {"message_id": said, "allow_sending_without_reply": True}
    reply = await api.post("sendMessage", json={"chat_id": ANNA, "text": "x", "reply_parameters": parameters})
    assert reply.status_code == 200
    assert telegram.sent(ANNA)[0].reply_to is None


async def test_strict_webhook_rules_can_be_switched_on(telegram: FakeTelegram, api: httpx.AsyncClient) -> None:
    telegram.require_secure_webhooks()
    plain = await api.post("setWebhook", json={"url": "http://127.0.0.1:8443/x"})
    odd = await api.post("setWebhook", json={"url": "https://127.0.0.1:5001/x"})
    assert "HTTPS URL must be provided" in plain.json()["description"]
    assert "ports 80, 88, 443 or 8443" in odd.json()["description"]
