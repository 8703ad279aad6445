"""The fake Bot API, driven by aiogram."""

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReactionTypeEmoji,
    ReplyParameters,
)

from tests.contract.fakes.conftest import ANNA, FORUM
from tests.fakes.telegram import FakeTelegram

RATING = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Good", callback_data="rate:1")]])


async def test_a_users_text_arrives_as_an_update_and_is_answered(telegram: FakeTelegram, bot: Bot) -> None:
    question = telegram.user_says(ANNA, "/start where is my order?")
    (update,) = await bot.get_updates(timeout=5)
    assert update.message is not None
    assert update.message.text == "/start where is my order?"
    assert update.message.entities is not None
    assert update.message.entities[0].type == "bot_command"
    reply = await bot.send_message(
        ANNA,
        "<b>On</b> its way",
        parse_mode="HTML",
        reply_parameters=ReplyParameters(message_id=question),
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )
    assert reply.text == "On its way"
    sent = await telegram.wait_for_message(ANNA)
    assert (sent.text, sent.source, sent.reply_to) == ("On its way", "<b>On</b> its way", question)
    assert sent.entities == ({"type": "bold", "offset": 0, "length": 2},)


async def test_a_button_is_pressed_and_answered_once(telegram: FakeTelegram, bot: Bot) -> None:
    message = await bot.send_message(ANNA, "Was this right?", reply_markup=RATING)
    query_id = telegram.user_presses(ANNA, message.message_id, "rate:1")
    (update,) = await bot.get_updates()
    assert update.callback_query is not None
    assert (update.callback_query.id, update.callback_query.data) == (query_id, "rate:1")
    await bot.answer_callback_query(query_id, text="Thank you")
    assert telegram.callback_answer(query_id) == {"text": "Thank you"}
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query(query_id)


async def test_edits_and_deletions_change_what_the_user_sees(telegram: FakeTelegram, bot: Bot) -> None:
    message = await bot.send_message(ANNA, "one", reply_markup=RATING)
    await bot.edit_message_text("two", chat_id=ANNA, message_id=message.message_id)
    assert [shown["text"] for shown in telegram.screen(ANNA)] == ["two"]
    assert "reply_markup" not in telegram.screen(ANNA)[0]
    await bot.edit_message_reply_markup(chat_id=ANNA, message_id=message.message_id, reply_markup=RATING)
    assert telegram.screen(ANNA)[0]["reply_markup"]
    await bot.delete_message(ANNA, message.message_id)
    assert telegram.screen(ANNA) == []
    assert [effect.method for effect in telegram.effects(ANNA)] == [
        "sendMessage",
        "editMessageText",
        "editMessageReplyMarkup",
        "deleteMessage",
    ]


async def test_a_topic_is_made_and_written_to_from_both_sides(telegram: FakeTelegram, bot: Bot) -> None:
    topic = await bot.create_forum_topic(FORUM, "Anna: refund")
    asked = await bot.send_message(FORUM, "She asks …", message_thread_id=topic.message_thread_id)
    assert asked.is_topic_message
    telegram.user_says(FORUM, "Tell her yes", user_id=ANNA, reply_to=asked.message_id)
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.message_thread_id == topic.message_thread_id
    copied = await bot.copy_message(ANNA, FORUM, update.message.message_id)
    assert telegram.screen(ANNA)[-1]["message_id"] == copied.message_id
    assert telegram.screen(ANNA)[-1]["text"] == "Tell her yes"
    forwarded = await bot.forward_message(ANNA, FORUM, update.message.message_id)
    assert forwarded.forward_origin is not None


async def test_media_edits_reactions_and_files(telegram: FakeTelegram, bot: Bot) -> None:
    for kind in ("sticker", "voice", "photo", "document", "video"):
        telegram.user_sends_media(ANNA, kind)
    said = telegram.user_says(ANNA, "frist")
    telegram.user_edits(ANNA, said, "first")
    updates = await bot.get_updates()
    assert updates[-1].edited_message is not None
    assert updates[-1].edited_message.text == "first"
    assert updates[1].message is not None
    assert updates[1].message.voice is not None
    file = await bot.get_file(updates[1].message.voice.file_id)
    assert file.file_path is not None
    content = await bot.download_file(file.file_path)
    assert content is not None
    assert content.read() == b"file"
    await bot.set_message_reaction(ANNA, said, [ReactionTypeEmoji(emoji="👍")])
    assert telegram.effects(ANNA, "setMessageReaction")[0].text == "👍"


async def test_refusals_reach_aiogram_as_its_own_errors(telegram: FakeTelegram, bot: Bot) -> None:
    telegram.add_group(-5, supergroup=False)
    telegram.migrate(-5, -1005)
    telegram.user_blocks(ANNA)
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(ANNA, "hello")
    telegram.user_unblocks(ANNA)
    with pytest.raises(TelegramMigrateToChat) as migrated:
        await bot.send_message(-5, "hello")
    assert migrated.value.migrate_to_chat_id == -1005
    telegram.flood(35)
    with pytest.raises(TelegramRetryAfter) as flooded:
        await bot.send_message(ANNA, "hello")
    assert flooded.value.retry_after == 35
    with pytest.raises(TelegramBadRequest, match="can't parse entities"):
        await bot.send_message(ANNA, "<b>hello", parse_mode="HTML")
    assert telegram.sent() == []


async def test_a_lost_reply_leaves_the_message_sent(telegram: FakeTelegram, bot: Bot) -> None:
    telegram.fail("sendMessage", status=502, after_accept=True)
    with pytest.raises(TelegramServerError):
        await bot.send_message(ANNA, "first")
    telegram.fail("sendMessage", ending="reset", after_accept=True)
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(ANNA, "second")
    telegram.fail("sendMessage", ending="hang", after_accept=True)
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(ANNA, "third", request_timeout=1)
    telegram.fail("sendMessage", ending="reset")
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(ANNA, "never")
    assert [sent.text for sent in telegram.sent(ANNA)] == ["first", "second", "third"]
    assert telegram.counts()["sendMessage"] == {
        "failed 502 after accept": 1,
        "hung after accept": 1,
        "reset": 1,
        "reset after accept": 1,
    }


async def test_another_token_is_unauthorized(telegram: FakeTelegram, bot: Bot) -> None:
    async with Bot("42:stranger", session=bot.session) as stranger:
        with pytest.raises(TelegramUnauthorizedError):
            await stranger.get_me()
