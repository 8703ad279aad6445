"""Methods that make new messages."""

from typing import Any

from tests.fakes.telegram import messages
from tests.fakes.telegram.chats import Chat, StoredMessage
from tests.fakes.telegram.errors import ApiError, bad_request
from tests.fakes.telegram.formatting import formatted_caption, formatted_text
from tests.fakes.telegram.keyboards import reply_markup
from tests.fakes.telegram.params import Params
from tests.fakes.telegram.world import BotWorld

SHOWN_MARKUP = "inline_keyboard"  # other keyboards are not part of the Message object
MOST_TOGETHER = 100
MOST_FILE_BYTES = 50_000_000
MOST_PHOTO_BYTES = 10_000_000
PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"GIF8")
PLACE = {"reply_to_message", "message_thread_id", "is_topic_message", "reply_markup", "forum_topic_created"}


async def send_message(world: BotWorld, params: Params) -> dict[str, Any]:
    text = formatted_text(params)
    markup = reply_markup(params)
    params.parsed("link_preview_options", "LinkPreviewOptions")
    chat, payload = _new(world, params)
    messages.add_text(world, payload, text)
    return _finish(world, "sendMessage", chat, payload, markup=markup, source=text.source)


async def send_document(world: BotWorld, params: Params) -> dict[str, Any]:
    caption = formatted_caption(params)
    markup = reply_markup(params)
    found = params.file("document")
    if found is None:
        raise bad_request("there is no document in the request")
    if len(found.content) > MOST_FILE_BYTES:
        raise ApiError(413, "Request Entity Too Large")
    chat, payload = _new(world, params)
    file_id = f"document-{world.next_number()}"
    world.files[file_id] = found.content
    payload["document"] = {
        "file_id": file_id,
        "file_unique_id": f"u{file_id}",
        "file_name": found.name,
        "file_size": len(found.content),
    }
    if caption.text:
        payload["caption"] = caption.text
    return _finish(world, "sendDocument", chat, payload, markup=markup)


async def send_photo(world: BotWorld, params: Params) -> dict[str, Any]:
    """What is no picture is refused, as the real server refuses it."""
    caption = formatted_caption(params)
    markup = reply_markup(params)
    found = params.file("photo")
    if found is None:
        raise bad_request("there is no photo in the request")
    if len(found.content) > MOST_PHOTO_BYTES:
        raise bad_request(f"file of size {len(found.content)} bytes is too big for a photo")
    if not found.content.startswith(PICTURES):
        raise bad_request("IMAGE_PROCESS_FAILED")
    chat, payload = _new(world, params)
    file_id = f"photo-{world.next_number()}"
    world.files[file_id] = found.content
    size = {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": len(found.content)}
    payload["photo"] = [size | {"width": 640, "height": 480}]
    if caption.text:
        payload["caption"] = caption.text
    return _finish(world, "sendPhoto", chat, payload, markup=markup)


async def copy_message(world: BotWorld, params: Params) -> dict[str, Any]:
    source = _original(world, params, "copy")
    markup = reply_markup(params)
    chat, payload = _new(world, params)
    taken = {"message_id", "from", "chat", "date", "edit_date", "forward_origin"} | PLACE
    payload |= {name: value for name, value in source.payload.items() if name not in taken}
    if params.has("caption") and "text" not in payload:
        caption = formatted_caption(params)
        payload["caption"] = caption.text
        payload["caption_entities"] = messages.shown_entities(world, caption.entities)
    _finish(world, "copyMessage", chat, payload, markup=markup)
    return {"message_id": payload["message_id"]}


async def copy_messages(world: BotWorld, params: Params) -> list[dict[str, Any]]:
    """As in the real server, what cannot be copied is left out."""
    ids = params.parsed("message_ids", "message_ids")
    if not isinstance(ids, list) or not ids or len(ids) > MOST_TOGETHER or ids != sorted(set(ids)):
        raise bad_request("message identifiers must be in a strictly increasing order")
    copied = []
    for message_id in ids:
        try:
            copied.append(await copy_message(world, Params({**params.values, "message_id": str(message_id)})))
        except ApiError as error:
            if "not found" not in error.description:
                raise
    if not copied:
        raise bad_request("there are no messages to copy")
    return copied


async def forward_message(world: BotWorld, params: Params) -> dict[str, Any]:
    source = _original(world, params, "forward")
    chat, payload = _new(world, params)
    taken = {"message_id", "from", "chat", "date", "edit_date"} | PLACE
    payload |= {name: value for name, value in source.payload.items() if name not in taken}
    origin = {"type": "user", "date": source.payload["date"], "sender_user": source.payload["from"]}
    payload.setdefault("forward_origin", origin)
    return _finish(world, "forwardMessage", chat, payload)


async def send_chat_action(world: BotWorld, params: Params) -> bool:
    world.writable(params.text("chat_id"))
    if params.text("action").lower() not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    return True


ACTIONS = frozenset(f"{verb}_{what}" for verb in ("upload", "record") for what in ("video", "voice", "video_note")) | {
    "typing",
    "upload_photo",
    "upload_document",
    "choose_sticker",
    "find_location",
    "cancel",
}


def _new(world: BotWorld, params: Params) -> tuple[Chat, dict[str, Any]]:
    """The target chat and the bare message, after every check of the place it goes to."""
    chat = world.writable(params.text("chat_id"))
    thread_id = messages.thread_of(chat, params)
    reply = messages.replied_message(world, chat, params)
    world.limits.check(chat.id, group=chat.is_group)
    payload = messages.base(world, chat, world.me)
    messages.add_thread(chat, payload, thread_id, reply)
    return chat, payload


def _finish(
    world: BotWorld,
    method: str,
    chat: Chat,
    payload: dict[str, Any],
    *,
    markup: dict[str, Any] | None = None,
    source: str = "",
) -> dict[str, Any]:
    if markup and SHOWN_MARKUP in markup:
        payload["reply_markup"] = markup
    world.store(chat, payload, from_bot=True)
    chat.draft = None
    shown = payload if markup is None else payload | {"reply_markup": markup}
    messages.record(world, method, chat, shown, source)
    return payload


def _original(world: BotWorld, params: Params, verb: str) -> StoredMessage:
    found = world.chat(params.text("from_chat_id")).live(params.integer("message_id"))
    if found is None:
        raise bad_request(f"message to {verb} not found")
    if verb == "copy" and any(name.startswith("forum_topic") for name in found.payload):
        raise bad_request("message can't be copied")
    return found


METHODS = {
    "sendMessage": send_message,
    "sendDocument": send_document,
    "sendPhoto": send_photo,
    "copyMessage": copy_message,
    "copyMessages": copy_messages,
    "forwardMessage": forward_message,
    "sendChatAction": send_chat_action,
}
