"""What we want Telegram to do, as requests to the Bot API."""

from typing import Any

from aiogram.methods.base import TelegramMethod
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
)

from supportbot.gateway.adapters.telegram_methods import SendDocument, SendMessage
from supportbot.gateway.domain.acts import Act, SendFile, TelegramMessage
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.buttons import ButtonRows

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


def request_for(address: Address, act: Act, *, formatted: bool) -> TelegramMethod[Any]:
    """The one request that an act takes."""
    place: dict[str, Any] = {"chat_id": address.chat_id, "message_thread_id": address.topic}
    match act:
        case SendFile():
            return SendDocument(**place, document=BufferedInputFile(act.content, act.name), caption=act.caption)
        case TelegramMessage():
            return SendMessage(
                **place,
                text=act.html if formatted else act.plain,
                parse_mode="HTML" if formatted else None,
                link_preview_options=_NO_PREVIEW,
                reply_markup=_to_tap(act.taps) if act.taps else keyboard(act.buttons),
            )


def keyboard(rows: ButtonRows) -> InlineKeyboardMarkup | None:
    """Buttons below a message."""
    if not rows:
        return None
    keys = [[InlineKeyboardButton(text=button.text, callback_data=button.data) for button in row] for row in rows]
    return InlineKeyboardMarkup(inline_keyboard=keys)


def _to_tap(texts: tuple[str, ...]) -> ReplyKeyboardMarkup:
    """Texts in place of the keyboard, until one is sent."""
    keys = [[KeyboardButton(text=text)] for text in texts]
    return ReplyKeyboardMarkup(keyboard=keys, resize_keyboard=True, one_time_keyboard=True)
