"""Every object the fake sends has the published shape."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.contract.fakes.bot_api_shapes import BotApiShapes
from tests.contract.fakes.conftest import ANNA, FORUM, GROUP
from tests.fakes.published import published
from tests.fakes.telegram import FakeTelegram

KEYBOARD = {"inline_keyboard": [[{"text": "Good", "callback_data": "1"}, {"text": "Site", "url": "https://a.example"}]]}
RICH = '<b>b</b> <a href="tg://user?id=7">Anna</a> <pre><code class="language-py">x</code></pre> <a href="https://a.b">l</a>'

Checked = Callable[..., Any]


@pytest.fixture
def shapes() -> BotApiShapes:
    return BotApiShapes(published("telegram-bot-api.json"))


async def test_results_of_all_methods_have_the_published_shape(
    shapes: BotApiShapes, telegram: FakeTelegram, api: httpx.AsyncClient
) -> None:
    async def run(method: str, **arguments: Any) -> Any:
        reply = await api.post(method, json=arguments)
        assert reply.status_code == 200, reply.text
        result = reply.json()["result"]
        assert shapes.problems_of_result(method, result) == []
        return result

    said = telegram.user_says(ANNA, "see https://a.example /help")
    sent = await run(
        "sendMessage",
        chat_id=ANNA,
        text=RICH,
        parse_mode="HTML",
        reply_markup=KEYBOARD,
        reply_parameters={"message_id": said},
    )
    place = {"chat_id": ANNA, "message_id": sent["message_id"]}
    await run("sendMessage", chat_id=GROUP, text="x")
    topic = await run("createForumTopic", chat_id=FORUM, name="Anna")
    thread = topic["message_thread_id"]
    await run("sendMessage", chat_id=FORUM, text="x", message_thread_id=thread)
    await run("forwardMessage", chat_id=FORUM, from_chat_id=ANNA, message_id=said, message_thread_id=thread)
    await run("copyMessages", chat_id=FORUM, from_chat_id=ANNA, message_ids=[said])
    await run("copyMessage", chat_id=FORUM, from_chat_id=ANNA, message_id=said)
    await run("editMessageText", **place, text="new", reply_markup=KEYBOARD)
    await run("editMessageReplyMarkup", **place)
    await run("editForumTopic", chat_id=FORUM, message_thread_id=thread, name="Boris")
    await run("closeForumTopic", chat_id=FORUM, message_thread_id=thread)
    await run("reopenForumTopic", chat_id=FORUM, message_thread_id=thread)
    await run("setMessageReaction", **place, reaction=[{"type": "emoji", "emoji": "👍"}])
    await run("sendMessageDraft", chat_id=ANNA, draft_id=1, text="x")
    await run("sendChatAction", chat_id=ANNA, action="typing")
    await run("deleteMessage", **place)
    await run("getMe")
    await run("getChat", chat_id=ANNA)
    await run("getChat", chat_id=FORUM)
    await run("getChatMember", chat_id=GROUP, user_id=ANNA)
    await run("setMyCommands", commands=[{"command": "help", "description": "Help"}])
    await run("getMyCommands")
    await run("deleteMyCommands")
    voice = telegram.user_sends_media(ANNA, "voice")
    await run("getFile", file_id=telegram.world.chats[ANNA].messages[voice].payload["voice"]["file_id"])
    await run("getUpdates", allowed_updates=["message"])
    await run("setWebhook", url="http://127.0.0.1:9/x", secret_token="s", max_connections=5)
    await telegram.wait_until(lambda: telegram.webhook_deliveries().get("failed"))
    await run("getWebhookInfo")
    await run("deleteWebhook")
    await run("deleteForumTopic", chat_id=FORUM, message_thread_id=thread)
    await run("close")


async def test_a_sent_file_has_the_published_shape_and_can_be_fetched(
    shapes: BotApiShapes, telegram: FakeTelegram, api: httpx.AsyncClient
) -> None:
    form = {"chat_id": str(ANNA), "caption": "Yours", "document": "attach://it"}
    reply = await api.post("sendDocument", data=form, files={"it": ("data.json", b"{}")})
    sent = reply.json()["result"]
    assert shapes.problems_of_result("sendDocument", sent) == []
    assert (sent["document"]["file_name"], sent["caption"]) == ("data.json", "Yours")
    assert telegram.world.files[sent["document"]["file_id"]] == b"{}"
    refused = await api.post("sendDocument", data={"chat_id": str(ANNA)})
    assert refused.json()["description"] == "Bad Request: there is no document in the request"


async def test_a_sent_photo_has_the_published_shape_and_has_to_be_a_picture(
    shapes: BotApiShapes, telegram: FakeTelegram, api: httpx.AsyncClient
) -> None:
    form = {"chat_id": str(ANNA), "caption": "Yours", "photo": "attach://it"}
    reply = await api.post("sendPhoto", data=form, files={"it": ("a.jpg", b"\xff\xd8\xff picture")})
    sent = reply.json()["result"]
    assert shapes.problems_of_result("sendPhoto", sent) == []
    assert (sent["caption"], telegram.world.files[sent["photo"][-1]["file_id"]]) == ("Yours", b"\xff\xd8\xff picture")
    refused = await api.post("sendPhoto", data=form, files={"it": ("a.jpg", b"no picture")})
    assert refused.json()["description"] == "Bad Request: IMAGE_PROCESS_FAILED"


async def test_updates_have_the_published_shape(
    shapes: BotApiShapes, telegram: FakeTelegram, api: httpx.AsyncClient
) -> None:
    sent = (await api.post("sendMessage", json={"chat_id": ANNA, "text": "rate", "reply_markup": KEYBOARD})).json()[
        "result"
    ]
    said = telegram.user_says(ANNA, "/start https://a.example", reply_to=sent["message_id"])
    telegram.user_edits(ANNA, said, "edited")
    telegram.user_presses(ANNA, sent["message_id"], "1")
    topic = telegram.add_topic(FORUM)
    telegram.user_says(FORUM, "x", user_id=ANNA, thread_id=topic.thread_id)
    for kind in ("sticker", "voice", "photo", "document", "video"):
        telegram.user_sends_media(ANNA, kind)
    telegram.remove_from_group(GROUP, ANNA)
    telegram.user_blocks(ANNA)
    telegram.user_unblocks(ANNA)
    updates = (await api.get("getUpdates")).json()["result"]
    assert len(updates) == 12
    assert [problem for update in updates for problem in shapes.problems("Update", update)] == []


async def test_a_reaction_has_the_published_shape_and_reaches_only_who_asked_for_it(
    shapes: BotApiShapes, telegram: FakeTelegram, api: httpx.AsyncClient
) -> None:
    said = telegram.user_says(ANNA, "Hello")
    telegram.user_reacts(ANNA, said, "🔥")
    assert [sorted(update) for update in (await api.get("getUpdates")).json()["result"]] == [["message", "update_id"]]
    asked = {"allowed_updates": ["message", "message_reaction"]}
    await api.post("getUpdates", json=asked)
    telegram.user_reacts(ANNA, said)
    (*_, update) = (await api.post("getUpdates", json=asked)).json()["result"]
    assert shapes.problems("Update", update) == []
    reaction = update["message_reaction"]
    assert (reaction["old_reaction"], reaction["new_reaction"]) == ([{"type": "emoji", "emoji": "🔥"}], [])


async def test_a_caption_is_changed_where_there_is_one(
    shapes: BotApiShapes, telegram: FakeTelegram, api: httpx.AsyncClient
) -> None:
    photo = telegram.user_sends_media(ANNA, "photo", caption="Old")
    copied = await api.post("copyMessage", json={"chat_id": ANNA, "from_chat_id": ANNA, "message_id": photo})
    place = {"chat_id": ANNA, "message_id": copied.json()["result"]["message_id"]}
    changed = (await api.post("editMessageCaption", json={**place, "caption": "New"})).json()
    assert shapes.problems_of_result("editMessageCaption", changed["result"]) == []
    assert changed["result"]["caption"] == "New"
    same = (await api.post("editMessageCaption", json={**place, "caption": "New"})).json()
    assert "not modified" in same["description"]
    text = (await api.post("sendMessage", json={"chat_id": ANNA, "text": "x"})).json()["result"]
    refused = await api.post("editMessageCaption", json={**place, "message_id": text["message_id"], "caption": "x"})
    assert "no caption" in refused.json()["description"]


async def test_the_comparison_notices_what_does_not_belong(shapes: BotApiShapes) -> None:
    assert shapes.problems("User", {"id": 1, "is_bot": False, "first_name": "A"}) == []
    assert shapes.problems("User", {"id": "1", "is_bot": 0, "nick": "A"}) == [
        "User.nick: unknown field",
        "User.id: expected Integer, found '1'",
        "User.is_bot: expected Boolean, found 0",
        "User.first_name: missing",
    ]
