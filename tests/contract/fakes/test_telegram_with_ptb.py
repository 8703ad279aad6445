"""The fake Bot API, driven by python-telegram-bot."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Message, ReplyParameters, Update
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes, MessageHandler, filters

from tests.contract.fakes.conftest import ANNA, FORUM
from tests.fakes.telegram import FakeTelegram


@pytest.fixture
async def ptb(telegram: FakeTelegram) -> AsyncIterator[Bot]:
    async with Bot(telegram.token, base_url=f"{telegram.base_url}/bot") as client:
        yield client


async def test_a_conversation_through_an_application(telegram: FakeTelegram) -> None:
    builder = Application.builder().token(telegram.token).base_url(f"{telegram.base_url}/bot")
    application = builder.base_file_url(f"{telegram.base_url}/file/bot").build()

    async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        button = InlineKeyboardButton("Ask a human", callback_data="human")
        assert update.message is not None
        await update.message.reply_text("Welcome", reply_markup=InlineKeyboardMarkup([[button]]))

    async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        await update.message.reply_text(f"you said {update.message.text}", do_quote=True)

    async def human(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.callback_query is not None
        await update.callback_query.answer("Someone will be with you")
        await update.callback_query.edit_message_text("Waiting for a person")

    application.add_handlers(
        [CommandHandler("start", start), MessageHandler(filters.TEXT, echo), CallbackQueryHandler(human)]
    )
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(timeout=1)
        telegram.user_says(ANNA, "/start")
        welcome = await telegram.wait_for_message(ANNA, lambda sent: sent.text == "Welcome")
        said = telegram.user_says(ANNA, "привет")
        echoed = await telegram.wait_for_message(ANNA, lambda sent: sent.text == "you said привет")
        assert echoed.reply_to == said
        query_id = telegram.user_presses(ANNA, welcome.message_id, text="Ask a human")
        await telegram.wait_for_effect("editMessageText", ANNA)
        assert telegram.callback_answer(query_id) == {"text": "Someone will be with you"}
        await application.updater.stop()
        await application.stop()


async def test_errors_have_the_classes_that_the_library_derives_from_the_words(
    telegram: FakeTelegram, ptb: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # its future default; the old one warns
    telegram.add_group(-5, supergroup=False)
    telegram.migrate(-5, -1005)
    with pytest.raises(ChatMigrated):
        await ptb.send_message(-5, "x")
    with pytest.raises(BadRequest, match="Chat not found"):
        await ptb.send_message(999, "x")
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await ptb.send_message(ANNA, "x", reply_parameters=ReplyParameters(555))
    telegram.remove_from_group(FORUM, ANNA)
    with pytest.raises(Forbidden, match="bot was kicked from the supergroup chat"):
        await ptb.send_message(FORUM, "x")
    telegram.flood(3)
    with pytest.raises(RetryAfter):
        await ptb.send_message(ANNA, "x")
    telegram.fail("sendMessage", status=502)
    with pytest.raises(NetworkError):
        await ptb.send_message(ANNA, "x")
    message = await ptb.send_message(ANNA, "x")
    with pytest.raises(BadRequest, match="Message is not modified"):
        await ptb.edit_message_text("x", ANNA, message.message_id)


async def test_a_wrong_token_is_refused_at_start(telegram: FakeTelegram) -> None:
    stranger = Bot("42:stranger", base_url=f"{telegram.base_url}/bot")
    with pytest.raises(InvalidToken):
        await stranger.initialize()
    await stranger.shutdown()


async def test_the_second_poller_ends_the_first(telegram: FakeTelegram, ptb: Bot) -> None:
    first = asyncio.create_task(ptb.get_updates(timeout=20))
    await telegram.world.changed.until(lambda: telegram.world.poller, 5)
    async with Bot(telegram.token, base_url=f"{telegram.base_url}/bot") as other:
        second = asyncio.create_task(other.get_updates(timeout=20))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await first
        telegram.user_says(ANNA, "for the second")
        (update,) = await second
    assert isinstance(update.message, Message)
    assert update.message.text == "for the second"
