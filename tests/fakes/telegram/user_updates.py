"""The messages and updates that users cause."""

import re
from typing import Any

from tests.fakes.telegram import messages
from tests.fakes.telegram.chats import Chat, User
from tests.fakes.telegram.utf16 import units
from tests.fakes.telegram.world import BotWorld

COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,64}(?:@\w+)?(?!\w)")
URL = re.compile(r"https?://[^\s<>]+")


def found_entities(text: str) -> list[dict[str, Any]]:
    """Commands and links, as the server marks them."""
    return [
        {"type": kind, "offset": units(text[: match.start()]), "length": units(match.group())}
        for kind, pattern in (("bot_command", COMMAND), ("url", URL))
        for match in pattern.finditer(text)
    ]


def user_message(
    world: BotWorld,
    chat: Chat,
    user: User,
    content: dict[str, Any],
    *,
    reply_to: int | None = None,
    thread_id: int | None = None,
) -> dict[str, Any]:
    """Stores a user's message; `content` holds its text, sticker or voice."""
    payload = messages.base(world, chat, user.payload())
    reply = chat.live(reply_to) if reply_to is not None else None
    if reply_to is not None and reply is None:
        raise ValueError(f"there is no message {reply_to} in chat {chat.id} to reply to")
    thread = thread_id or (reply.payload.get("message_thread_id") if reply is not None else None)
    messages.add_thread(chat, payload, thread, reply)
    payload |= content
    if "text" in content and (entities := found_entities(content["text"])):
        payload["entities"] = entities
    world.store(chat, payload, from_bot=False)
    return payload


def member_change(world: BotWorld, chat: Chat, user: User, old: str, new: str) -> dict[str, Any]:
    """The my_chat_member update of a block, an unblock or a removal."""
    return {
        "chat": chat.payload(),
        "from": user.payload(),
        "date": int(world.now().timestamp()),
        "old_chat_member": _member(world, old),
        "new_chat_member": _member(world, new),
    }


def _member(world: BotWorld, status: str) -> dict[str, Any]:
    member: dict[str, Any] = {"status": status, "user": world.me}
    return member | ({"until_date": 0} if status == "kicked" else {})


def media(world: BotWorld, kind: str, data: bytes = b"file") -> dict[str, Any]:
    """The content of a message with a sticker, voice, photo or document, without a caption."""
    file_id = f"{kind}-{world.next_number()}"
    world.files[file_id] = data
    file = {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": len(data)}
    if kind == "photo":
        return {"photo": [file | {"width": 640, "height": 480}]}
    details: dict[str, dict[str, Any]] = {
        "sticker": {
            "type": "regular",
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": False,
            "emoji": "🙂",
        },
        "video_note": {"duration": 3, "length": 240},
        "voice": {"duration": 3, "mime_type": "audio/ogg"},
        "document": {"file_name": "file.pdf", "mime_type": "application/pdf"},
        "video": {"duration": 3, "width": 640, "height": 480},
    }
    return {kind: file | details[kind]}
