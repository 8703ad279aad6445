"""Odd messages in Telegram, by webhook and by polling: each gets its reply, or is told what can be read."""

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from supportbot.common.i18n import translate
from tests.bad_input.telegram_world import HOST, QUESTION, SECRET, SOLUTION, World, message
from tests.e2e.conftest import with_bot
from tests.e2e.product import Product
from tests.fakes.telegram.server import FakeTelegram

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROUTES: dict[str, dict[str, str]] = {
    "webhook": {"WEBHOOK_URL": f"https://{HOST}", "TELEGRAM_WEBHOOK_SECRET": SECRET},
    "polling": {},
}


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=ROUTES)
async def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, indexed_data: Path
) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp(request.param)
    shutil.copytree(indexed_data, folder / "data")
    async with FakeTelegram() as telegram:
        product = Product(folder, with_bot(telegram, BURST_WINDOW="0.2", **ROUTES[request.param]))
        telegram.route_webhook(HOST, product.base_url)
        try:
            await product.start()
            yield World(product, telegram)
            assert (await product.stop(), product.errors_in_log()) == (0, [])
        finally:
            await product.discard()


def arrives(world: World, kind: str, content: dict[str, Any]) -> None:
    """An update comes by whichever way updates come."""
    world.telegram.inject_update(json.dumps({"update_id": world.number(), kind: content}))


TEXTS = {
    "over 4,096 units with an emoji at the border": "a" * 4095 + "👍" + "b" * 200,
    "NUL": f"\0{QUESTION}\0",
    "a lone surrogate": f"{QUESTION}\ud83d",
    "right to left": f"\u202e{QUESTION}\u202c",
    "zero width": "\u200b".join(QUESTION),
    "marks": "e" + "\u0301" * 4000,
    "lines": "\n" * 2000 + QUESTION + "\n" * 2000,
    "markup": "<b>&amp;</i> _*`[](x) {{7*7}} %s ${x}",
    "other encodings read wrongly": "Êàê âåðíóòü òîâàð?",
}


@pytest.mark.parametrize("name", TEXTS)
async def test_odd_text_gets_a_reply(world: World, name: str) -> None:
    user = world.new_user()
    arrives(world, "message", message(user, 1, text=TEXTS[name]))
    (reply,) = await world.replies(user)
    assert SOLUTION in reply.text or QUESTION not in TEXTS[name]
    assert len(world.stored(user)) == 1


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u200d\ufeff", "\0", "\n\t", "\u2800"])
async def test_who_says_nothing_is_asked_for_words(world: World, text: str) -> None:
    user = world.new_user()
    arrives(world, "message", message(user, 1, text=text))
    assert (await world.replies(user))[0].text == translate("answer.empty", "en")


ENTITIES: list[Any] = [
    [{"type": "bold", "offset": 9000, "length": 5}],
    [{"type": "bot_command", "offset": -3, "length": -9}],
    [{"type": "text_link", "offset": 1e300, "length": None, "url": 5}],
    {"type": "bold"},
    "none",
]


@pytest.mark.parametrize("entities", ENTITIES, ids=["beyond", "before", "no numbers", "no list", "a text"])
async def test_entities_outside_of_the_text_do_no_harm(world: World, entities: Any) -> None:
    user = world.new_user()
    arrives(world, "message", message(user, 1, text=QUESTION, entities=entities))
    assert SOLUTION in (await world.replies(user))[0].text


async def test_a_message_from_nobody_is_answered_in_its_chat(world: World) -> None:
    user = world.new_user()
    content = message(user, 1, text=QUESTION)
    del content["from"]
    arrives(world, "message", content)
    assert SOLUTION in (await world.replies(user))[0].text


async def test_an_edit_that_comes_before_its_original_is_a_question_and_neither_is_lost(world: World) -> None:
    user, first = world.new_user(), "How do I track my order?"
    arrives(world, "edited_message", message(user, 1, text=QUESTION, edit_date=2))
    assert SOLUTION in (await world.replies(user))[0].text
    arrives(world, "message", message(user, 1, text=first))
    await world.until_stored(user, [QUESTION, first])
    assert SOLUTION not in (await world.replies(user, 2))[1].text


async def test_an_edit_after_the_answer_is_answered_anew_once(world: World) -> None:
    user = world.new_user()
    number = world.telegram.user_says(user, "How do I track my order?")
    await world.replies(user)
    for _ in range(2):
        world.telegram.user_edits(user, number, QUESTION)
    assert SOLUTION in (await world.replies(user, 2))[1].text
    world.telegram.user_says(user, "Hello")
    assert (await world.replies(user, 3))[2].text == translate("answer.greeting", "en")


@pytest.mark.parametrize("kind", ["sticker", "dice", "story"])
async def test_what_says_nothing_is_asked_for_in_words(world: World, kind: str) -> None:
    user = world.new_user()
    arrives(world, "message", message(user, 1, **{kind: {"file_id": "x", "file_size": -1}}))
    assert (await world.replies(user))[0].text == translate("answer.unreadable", "en")


@pytest.mark.parametrize("kind", ["photo", "document", "voice", "location", "poll"])
async def test_media_without_words_go_to_a_person(world: World, kind: str) -> None:
    user = world.new_user()
    arrives(world, "message", message(user, 1, **{kind: {"file_id": "x", "file_size": -1}}))
    assert (await world.replies(user))[0].text == translate("answer.escalated_attachment", "en")


async def test_an_album_is_one_question_whichever_picture_has_the_words(world: World) -> None:
    user = world.new_user()
    for number in range(1, 5):
        words = {"caption": QUESTION} if number == 3 else {}
        arrives(world, "message", message(user, number, photo=[], media_group_id="77", **words))
    (reply,) = await world.replies(user)
    assert reply.text == translate("answer.escalated_attachment", "en")
    assert world.product.count("escalations", f"question = '{QUESTION}'") > 0


PRESSES: list[dict[str, Any]] = [
    {"id": "1", "data": "up:", "message": {"message_id": 1}},
    {"id": "2", "data": "up:" + "x" * 500},
    {"id": "3", "data": "person:\ud83d\0"},
    {"id": "4" * 500, "data": "down:no:such:reply"},
    {"id": 5, "data": 5},
    {"id": "6", "data": "up:00000000-0000-0000-0000-000000000000:1:0"},
]


@pytest.mark.parametrize("press", PRESSES)
async def test_a_button_that_nobody_made_has_no_effect(world: World, press: dict[str, Any]) -> None:
    user = world.new_user()
    votes = world.product.count("feedback")
    place = {"message_id": 1, "date": 1, "chat": {"id": user, "type": "private"}}
    arrives(world, "callback_query", {"from": {"id": user}, "message": place, **press})
    await world.neighbour_is_answered()
    assert world.product.count("feedback") == votes
    assert world.stored(user) == []
