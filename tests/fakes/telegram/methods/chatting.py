"""Facts about the bot and its chats."""

import re
from typing import Any

from tests.fakes.telegram.errors import bad_request
from tests.fakes.telegram.params import Params
from tests.fakes.telegram.world import BotWorld

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
MAX_COMMANDS = 100
MAX_DESCRIPTION = 256


async def get_me(world: BotWorld, params: Params) -> dict[str, Any]:
    abilities = {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }
    return world.me | abilities


async def get_chat(world: BotWorld, params: Params) -> dict[str, Any]:
    chat = world.chat(params.text("chat_id"))
    gifts = {
        "unlimited_gifts": True,
        "limited_gifts": True,
        "unique_gifts": True,
        "premium_subscription": True,
        "gifts_from_channels": True,
    }
    return chat.payload() | {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}


async def get_chat_member(world: BotWorld, params: Params) -> dict[str, Any]:
    chat = world.chat(params.text("chat_id"))
    user_id = params.integer("user_id")
    if user_id == world.me["id"]:
        return {"status": "left" if chat.barred else "member", "user": world.me}
    if user_id not in world.users:
        raise bad_request("PARTICIPANT_ID_INVALID")
    return {"status": "member", "user": world.users[user_id].payload()}


async def set_my_commands(world: BotWorld, params: Params) -> bool:
    commands = params.parsed("commands", "commands") or []
    if not isinstance(commands, list) or len(commands) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not isinstance(command, dict) or not COMMAND.fullmatch(str(command.get("command", "")).lstrip("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", ""))) <= MAX_DESCRIPTION:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    world.commands[_commands_key(params)] = commands
    return True


async def get_my_commands(world: BotWorld, params: Params) -> list[dict[str, str]]:
    return world.commands.get(_commands_key(params), [])


async def delete_my_commands(world: BotWorld, params: Params) -> bool:
    world.commands.pop(_commands_key(params), None)
    return True


async def close(world: BotWorld, params: Params) -> bool:
    return True


def _commands_key(params: Params) -> str:
    return f"{params.text('scope')}|{params.text('language_code')}"


METHODS = {
    "getMe": get_me,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "logOut": close,
    "close": close,
}
