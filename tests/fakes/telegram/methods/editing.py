"""Methods that change or remove messages."""

from typing import Any

from tests.fakes.telegram import messages
from tests.fakes.telegram.chats import Chat, StoredMessage
from tests.fakes.telegram.errors import bad_request
from tests.fakes.telegram.formatting import formatted_caption, formatted_text
from tests.fakes.telegram.keyboards import reply_markup
from tests.fakes.telegram.params import Params
from tests.fakes.telegram.world import BotWorld

MEDIA = frozenset({"animation", "audio", "document", "photo", "video", "voice"})
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


async def edit_message_text(world: BotWorld, params: Params) -> dict[str, Any]:
    text = formatted_text(params)
    markup = reply_markup(params, inline_only=True)
    chat, message = _editable(world, params)
    if "text" not in message.payload:
        raise bad_request("there is no text in the message to edit")
    payload = dict(message.payload)
    messages.add_text(world, payload, text)
    return _replace(world, "editMessageText", chat, message, payload=_with_markup(payload, markup), source=text.source)


async def edit_message_caption(world: BotWorld, params: Params) -> dict[str, Any]:
    caption = formatted_caption(params)
    markup = reply_markup(params, inline_only=True)
    chat, message = _editable(world, params)
    if "text" in message.payload or not MEDIA & message.payload.keys():
        raise bad_request("there is no caption in the message to edit")
    payload = {name: value for name, value in message.payload.items() if not name.startswith("caption")}
    if caption.text:
        payload["caption"] = caption.text
    entities = messages.shown_entities(world, caption.entities)
    payload |= {"caption_entities": entities} if entities else {}
    return _replace(world, "editMessageCaption", chat, message, payload=_with_markup(payload, markup))


async def edit_message_reply_markup(world: BotWorld, params: Params) -> dict[str, Any]:
    markup = reply_markup(params, inline_only=True)
    chat, message = _editable(world, params)
    payload = _with_markup(dict(message.payload), markup)
    return _replace(world, "editMessageReplyMarkup", chat, message, payload=payload)


async def delete_message(world: BotWorld, params: Params) -> bool:
    chat = world.writable(params.text("chat_id"))
    message = chat.live(_message_id(params))
    if message is None:
        raise bad_request("message to delete not found")
    if "forum_topic_created" in message.payload:
        raise bad_request("message can't be deleted")
    message.deleted = True
    bare = {"message_id": message.message_id, "message_thread_id": message.payload.get("message_thread_id")}
    messages.record(world, "deleteMessage", chat, bare)
    return True


def _message_id(params: Params) -> int:
    if not params.has("message_id"):
        raise bad_request("message identifier is not specified")
    return params.integer("message_id")


def _editable(world: BotWorld, params: Params) -> tuple[Chat, StoredMessage]:
    if params.has("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    chat = world.writable(params.text("chat_id"))
    message = chat.live(_message_id(params))
    if message is None:
        raise bad_request("message to edit not found")
    if not message.from_bot or "forward_origin" in message.payload:
        raise bad_request("message can't be edited")
    return chat, message


def _with_markup(payload: dict[str, Any], markup: dict[str, Any] | None) -> dict[str, Any]:
    payload.pop("reply_markup", None)
    return payload | ({"reply_markup": markup} if markup else {})


def _replace(
    world: BotWorld,
    method: str,
    chat: Chat,
    message: StoredMessage,
    *,
    payload: dict[str, Any],
    source: str = "",
) -> dict[str, Any]:
    if payload == message.payload:
        raise bad_request(NOT_MODIFIED)
    message.payload = payload | {"edit_date": int(world.now().timestamp())}
    messages.record(world, method, chat, message.payload, source)
    return message.payload


METHODS = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
}
