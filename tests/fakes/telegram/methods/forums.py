"""Topics of forum groups."""

from typing import Any

from tests.fakes.telegram import messages
from tests.fakes.telegram.chats import Chat, Topic
from tests.fakes.telegram.errors import bad_request
from tests.fakes.telegram.params import Params
from tests.fakes.telegram.world import BotWorld

COLORS = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)
MAX_NAME = 128


async def create_forum_topic(world: BotWorld, params: Params) -> dict[str, Any]:
    chat = _forum(world, params)
    name = params.text("name").strip()[:MAX_NAME]
    if not name:
        raise bad_request("title must be non-empty")
    color = params.integer("icon_color", COLORS[0])
    if color not in COLORS:
        raise bad_request("invalid icon color specified")
    world.limits.check(chat.id, group=True)
    topic = {"name": name, "icon_color": color}
    payload = messages.base(world, chat, world.me)
    payload |= {"forum_topic_created": topic, "is_topic_message": True, "message_thread_id": payload["message_id"]}
    world.store(chat, payload, from_bot=True)
    chat.topics[payload["message_id"]] = Topic(payload["message_id"], name, color)
    messages.record(world, "createForumTopic", chat, payload | {"text": name})
    return {"message_thread_id": payload["message_id"]} | topic


async def edit_forum_topic(world: BotWorld, params: Params) -> bool:
    topic = _topic(world, params)
    name = params.text("name").strip()[:MAX_NAME]
    if not name or name == topic.name:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.name = name
    return True


async def close_forum_topic(world: BotWorld, params: Params) -> bool:
    return _switch(world, params, closed=True)


async def reopen_forum_topic(world: BotWorld, params: Params) -> bool:
    return _switch(world, params, closed=False)


async def delete_forum_topic(world: BotWorld, params: Params) -> bool:
    topic = _topic(world, params)
    chat = _forum(world, params)
    del chat.topics[topic.thread_id]
    for message in chat.messages.values():
        message.deleted |= message.payload.get("message_thread_id") == topic.thread_id
    return True


def _forum(world: BotWorld, params: Params) -> Chat:
    chat = world.writable(params.text("chat_id"))
    if not chat.is_forum:
        raise bad_request("the chat is not a forum")
    return chat


def _topic(world: BotWorld, params: Params) -> Topic:
    found = _forum(world, params).topics.get(params.integer("message_thread_id"))
    if found is None:
        raise bad_request("message thread not found")
    return found


def _switch(world: BotWorld, params: Params, *, closed: bool) -> bool:
    topic = _topic(world, params)
    if topic.closed == closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.closed = closed
    return True


METHODS = {
    "createForumTopic": create_forum_topic,
    "editForumTopic": edit_forum_topic,
    "closeForumTopic": close_forum_topic,
    "reopenForumTopic": reopen_forum_topic,
    "deleteForumTopic": delete_forum_topic,
}
