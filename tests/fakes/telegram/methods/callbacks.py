"""Answers to pressed buttons, and reactions."""

from typing import Any

from tests.fakes.telegram import messages
from tests.fakes.telegram.errors import bad_request
from tests.fakes.telegram.params import Params
from tests.fakes.telegram.utf16 import units
from tests.fakes.telegram.world import BotWorld

MAX_ANSWER = 200
ALLOWED = (
    "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 "
    "🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 "
    "🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡"
)
EMOJI = frozenset(ALLOWED.split())


async def answer_callback_query(world: BotWorld, params: Params) -> bool:
    query = world.callbacks.get(params.text("callback_query_id"))
    if query is None or query.answer is not None:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    if units(params.text("text")) > MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    query.answer = {name: params.text(name) for name in ("text", "show_alert", "url") if params.has(name)}
    world.changed.beat()
    return True


async def set_message_reaction(world: BotWorld, params: Params) -> bool:
    chat = world.writable(params.text("chat_id"))
    message = chat.live(params.integer("message_id"))
    if message is None:
        raise bad_request("message to react not found")
    reaction = params.parsed("reaction", "reaction") or []
    if not isinstance(reaction, list) or not all(_allowed(item) for item in reaction):
        raise bad_request("REACTION_INVALID")
    if len(reaction) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    bare: dict[str, Any] = {"message_id": message.message_id, "reaction": reaction}
    bare["text"] = "".join(item["emoji"] for item in reaction)
    messages.record(world, "setMessageReaction", chat, bare)
    return True


def _allowed(item: Any) -> bool:
    return isinstance(item, dict) and item.get("type") == "emoji" and item.get("emoji") in EMOJI


METHODS = {"answerCallbackQuery": answer_callback_query, "setMessageReaction": set_message_reaction}
