"""What we want Telegram to do, as requests to the Bot API."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from aiogram import Bot
from aiogram.methods.base import TelegramMethod
from aiogram.types import (
    BufferedInputFile,
    CopyTextButton,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    KeyboardButton,
    LinkPreviewOptions,
    ReactionTypeEmoji,
    ReplyKeyboardMarkup,
    ReplyParameters,
)

from supportbot.gateway.adapters.telegram_methods import (
    CloseForumTopic,
    CopyMessage,
    CopyMessagesRequest,
    CreateForumTopic,
    DeleteForumTopic,
    DeleteMessageRequest,
    EditMessageCaption,
    EditMessageText,
    ReopenForumTopic,
    SendDocument,
    SendMessage,
    SendMessageDraft,
    SendPhoto,
    SetMessageReaction,
)
from supportbot.gateway.domain.acts import (
    Change,
    CopyMessages,
    DeleteMessage,
    EditCaption,
    EditMessage,
    MakeTopic,
    React,
    SendFile,
    SendStored,
    SwitchTopic,
    TelegramMessage,
)
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.buttons import Button, ButtonRows
from supportbot.gateway.domain.formatting import MESSAGE_UNITS, html_of_reply, shorten

OneRequest = TelegramMessage | Change | CopyMessages | MakeTopic | SwitchTopic | SendFile
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class ContentFile(InputFile):
    """A content that is read while it is sent, so that no file is ever held as a whole."""

    def __init__(self, name: str, content: AsyncIterator[bytes]) -> None:
        super().__init__(filename=name)
        self._content = content

    async def read(self, bot: Bot) -> AsyncGenerator[bytes, None]:  # noqa: ARG002  # the base's signature
        async for piece in self._content:
            yield piece


def file_request(
    address: Address, act: SendStored, content: AsyncIterator[bytes], *, formatted: bool
) -> SendPhoto | SendDocument:
    """The request that sends a file of ours."""
    place: dict[str, Any] = {"chat_id": address.chat_id, "message_thread_id": address.topic}
    place["reply_parameters"] = _answering(act.replies_to)
    file = ContentFile(act.name, content)
    if not formatted:
        return SendDocument(**place, document=file, caption=act.plain or None)
    said = {"caption": act.html or None, "parse_mode": "HTML"}
    if act.as_photo:
        return SendPhoto(**place, photo=file, **said)
    return SendDocument(**place, document=file, disable_content_type_detection=True, **said)


def request_for(address: Address, act: OneRequest, *, formatted: bool) -> TelegramMethod[Any]:  # noqa: PLR0911  # one for each act
    """The one request that an act takes."""
    place: dict[str, Any] = {"chat_id": address.chat_id, "message_thread_id": address.topic}
    match act:
        case EditMessage() | EditCaption() | React() | DeleteMessage():
            return _changing(address, act, formatted=formatted)
        case SendFile():
            return SendDocument(**place, document=BufferedInputFile(act.content, act.name), caption=act.caption)
        case MakeTopic(name=name):
            return CreateForumTopic(chat_id=address.chat_id, name=name)
        case SwitchTopic(step=step):
            return _SWITCHES[step](**place)
        case CopyMessages(from_chat=from_chat, message_ids=(message_id,), replies_to=replies_to):
            answered = _answering(replies_to)
            return CopyMessage(**place, from_chat_id=from_chat, message_id=message_id, reply_parameters=answered)
        case CopyMessages(from_chat=from_chat, message_ids=message_ids):
            return CopyMessagesRequest(**place, from_chat_id=from_chat, message_ids=list(message_ids))
        case TelegramMessage():
            answered = _answering(act.replies_to)
            return SendMessage(
                **place, **_shown(act, formatted=formatted), reply_parameters=answered, reply_markup=_markup(act)
            )


def _changing(address: Address, act: Change, *, formatted: bool) -> TelegramMethod[Any]:
    """The request that changes a message which stands there."""
    place = {"chat_id": address.chat_id, "message_id": act.message_id}
    match act:
        case DeleteMessage():
            return DeleteMessageRequest(**place)
        case EditMessage(message=message):
            markup = keyboard(message.buttons)
            return EditMessageText(**place, **_shown(message, formatted=formatted), reply_markup=markup)
        case EditCaption():
            text, mode = (act.html, "HTML") if formatted else (act.plain, None)
            return EditMessageCaption(**place, caption=text, parse_mode=mode)
        case React(emoji=emoji):
            return SetMessageReaction(**place, reaction=[ReactionTypeEmoji(emoji=emoji)] if emoji else [])


def draft_request(address: Address, draft_id: int, text: str) -> SendMessageDraft:
    """The request that shows a draft, with a button that stops it."""
    shown = html_of_reply(shorten(text, MESSAGE_UNITS))
    return SendMessageDraft(
        chat_id=address.chat_id,
        message_thread_id=address.topic,
        draft_id=draft_id,
        text=shown,
        parse_mode="HTML",
        can_stop=True,
        keep_on_stop=True,
    )


_SWITCHES: dict[str, type[TelegramMethod[Any]]] = {
    "close": CloseForumTopic,
    "reopen": ReopenForumTopic,
    "delete": DeleteForumTopic,
}


def _markup(act: TelegramMessage) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | ForceReply | None:
    if act.taps:
        return _to_tap(act.taps)
    return ForceReply(force_reply=True) if act.asks_for_reply else keyboard(act.buttons)


def _shown(message: TelegramMessage, *, formatted: bool) -> dict[str, Any]:
    text, mode = (message.html, "HTML") if formatted else (message.plain, None)
    return {"text": text, "parse_mode": mode, "link_preview_options": _NO_PREVIEW}


def _answering(message_id: int | None) -> ReplyParameters | None:
    if message_id is None:
        return None
    return ReplyParameters(message_id=message_id, allow_sending_without_reply=True)


def keyboard(rows: ButtonRows) -> InlineKeyboardMarkup | None:
    """Buttons below a message."""
    if not rows:
        return None
    return InlineKeyboardMarkup(inline_keyboard=[[_key(button) for button in row] for row in rows])


def _key(button: Button) -> InlineKeyboardButton:
    if button.copied:
        return InlineKeyboardButton(text=button.text, copy_text=CopyTextButton(text=button.copied))
    return InlineKeyboardButton(text=button.text, callback_data=button.data)


def _to_tap(texts: tuple[str, ...]) -> ReplyKeyboardMarkup:
    """Texts in place of the keyboard, until one is sent."""
    keys = [[KeyboardButton(text=text)] for text in texts]
    return ReplyKeyboardMarkup(keyboard=keys, resize_keyboard=True, one_time_keyboard=True)
