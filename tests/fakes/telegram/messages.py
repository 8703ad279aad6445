"""Building Message objects."""

from typing import Any

from tests.fakes.telegram.chats import Chat, Sent, StoredMessage
from tests.fakes.telegram.errors import bad_request
from tests.fakes.telegram.formatting import Formatted
from tests.fakes.telegram.params import Params
from tests.fakes.telegram.world import BotWorld


def shown_entities(world: BotWorld, entities: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    """Entities with users in place of their ids; mentions of strangers are dropped."""
    shown = []
    for entity in entities:
        if entity["type"] != "text_mention":
            shown.append(entity)
        elif entity["user"] in world.users:
            shown.append(entity | {"user": world.users[entity["user"]].payload()})
    return shown


def base(world: BotWorld, chat: Chat, sender: dict[str, Any]) -> dict[str, Any]:
    """The fields every message has."""
    return {
        "message_id": world.next_message_id(chat),
        "from": sender,
        "chat": chat.payload(),
        "date": int(world.now().timestamp()),
    }


def thread_of(chat: Chat, params: Params) -> int | None:
    """The topic a message goes to; refuses unknown ones."""
    thread_id = params.integer("message_thread_id")
    if not thread_id:
        return None
    if thread_id not in chat.topics:
        raise bad_request("message thread not found")
    if chat.topics[thread_id].closed:
        raise bad_request("TOPIC_CLOSED")
    return thread_id


def replied_message(world: BotWorld, chat: Chat, params: Params) -> StoredMessage | None:
    """The message replied to; refuses a missing one unless the call allows that."""
    value = params.parsed("reply_parameters", "ReplyParameters")
    if value is None:
        value = {
            "message_id": params.integer("reply_to_message_id"),
            "allow_sending_without_reply": params.flag("allow_sending_without_reply"),
        }
    if not isinstance(value, dict):
        raise bad_request("can't parse reply parameters: expected an Object")
    message_id = value.get("message_id")
    if not message_id:
        return None
    other = world.chat(value["chat_id"]) if value.get("chat_id") else chat
    found = other.live(int(message_id))
    if found is None and not value.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return found


def without_reply(payload: dict[str, Any]) -> dict[str, Any]:
    """A message as quoted inside another: one level deep."""
    return {name: value for name, value in payload.items() if name != "reply_to_message"}


def add_text(world: BotWorld, payload: dict[str, Any], formatted: Formatted) -> None:
    payload["text"] = formatted.text
    entities = shown_entities(world, formatted.entities)
    payload.pop("entities", None)
    if entities:
        payload["entities"] = entities


def add_thread(chat: Chat, payload: dict[str, Any], thread_id: int | None, reply: StoredMessage | None) -> None:
    """Puts a message into a topic and ties it to what it answers."""
    if thread_id:
        payload["message_thread_id"] = thread_id
        payload["is_topic_message"] = True
        root = chat.live(thread_id)
        if reply is None and root is not None:
            payload["reply_to_message"] = without_reply(root.payload)
    if reply is not None:
        payload["reply_to_message"] = without_reply(reply.payload)


def record(world: BotWorld, method: str, chat: Chat, payload: dict[str, Any], source: str = "") -> None:
    """Notes a visible effect for the test to read."""
    reply = payload.get("reply_to_message")
    world.record_sent(
        Sent(
            number=world.next_number(),
            at=world.now(),
            method=method,
            chat_id=chat.id,
            message_id=payload["message_id"],
            text=payload.get("text", payload.get("caption", "")),
            entities=tuple(payload.get("entities", ())),
            reply_markup=payload.get("reply_markup"),
            thread_id=payload.get("message_thread_id"),
            reply_to=reply["message_id"] if reply else None,
            source=source,
            payload=dict(payload),
        )
    )
