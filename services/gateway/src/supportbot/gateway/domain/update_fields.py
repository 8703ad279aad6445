"""Reading fields of raw updates. Nothing is trusted to be there, or to be of the type that the Bot API promises."""

from collections.abc import Mapping
from typing import Any

from supportbot.common.i18n import LANGUAGES
from supportbot.common.plain_text import clean_text
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.updates import UnreadableUpdateError

MAX_ID = 2**53
"""Telegram's ids have at most 52 significant bits."""
NAME_LIMIT = 200
Fields = Mapping[str, Any]


def address_of(chat: Fields, message: Fields) -> Address:
    chat_id = whole(chat.get("id"), -MAX_ID, MAX_ID)
    if not chat_id:
        raise UnreadableUpdateError("its chat has no usable id")
    topic = whole(message.get("message_thread_id"), 1, MAX_ID) if message.get("is_topic_message") is True else None
    return Address(chat_id, topic)


def name_of(person: Fields) -> str:
    parts = (person.get("first_name"), person.get("last_name"))
    whole = " ".join(clean_text(part) for part in parts if isinstance(part, str))
    title = person.get("title")
    return " ".join((whole or (clean_text(title) if isinstance(title, str) else "")).split())[:NAME_LIMIT]


def language_of(sender: Fields) -> str:
    code = sender.get("language_code")
    language = code[:2].lower() if isinstance(code, str) else ""
    return language if language in LANGUAGES else "und"


def object_of(value: object, name: str) -> Fields:
    if not isinstance(value, Mapping):
        raise UnreadableUpdateError(f"its {name} is not an object")
    return value


def maybe_object(value: object) -> Fields:
    return value if isinstance(value, Mapping) else {}


def whole(value: object, least: int, most: int) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most else None
