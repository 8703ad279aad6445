"""Entities given explicitly with a text."""

from typing import Any

from tests.fakes.telegram.errors import bad_request
from tests.fakes.telegram.links import checked_link
from tests.fakes.telegram.utf16 import cut, splits_pair, units

Entity = dict[str, Any]

PLAIN = {
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "blockquote",
    "expandable_blockquote",
    "code",
    "pre",
    "text_link",
    "text_mention",
    "custom_emoji",
    "date_time",
}
FOUND_BY_SERVER = {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"}


def given_entities(value: Any, text: str) -> list[Entity]:
    """The entities of a call after the server's checks; kinds that the server finds itself are left out."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise _cannot("expected an Array of MessageEntity")
    checked = [_entity(item, text) for item in value]
    return [entity for entity in checked if entity is not None]


def _entity(value: Any, text: str) -> Entity | None:
    if not isinstance(value, dict):
        raise _cannot("expected an Object")
    kind = value.get("type")
    if kind in FOUND_BY_SERVER:
        return None
    if kind not in PLAIN:
        raise _cannot("unsupported type specified")
    offset, length = _number(value, "offset"), _number(value, "length")
    _check_place(text, offset, length)
    if not cut(text, offset, length).strip():
        return None
    return _with_details(value, {"type": kind, "offset": offset, "length": length})


def _number(value: Entity, name: str) -> int:
    number = value.get(name)
    if isinstance(number, bool) or not isinstance(number, int):
        raise _cannot(f'field "{name}" must be a valid Number')
    return number


def _check_place(text: str, offset: int, length: int) -> None:
    total = units(text)
    if offset < 0 or offset > total:
        raise bad_request(f"entity beginning at UTF-16 offset {offset} is outside of the text")
    if length <= 0 or offset + length > total:
        end = offset + length
        raise bad_request(f"entity beginning at UTF-16 offset {offset} ends after the end of the text at offset {end}")
    for place, name in ((offset, "begins"), (offset + length, "ends")):
        if splits_pair(text, place):
            raise bad_request(f"entity beginning at UTF-16 offset {offset} {name} in a middle of a UTF-16 symbol")


def _with_details(value: Entity, entity: Entity) -> Entity | None:
    if entity["type"] == "text_link":
        url = checked_link(str(value.get("url", "")))
        return entity | {"url": url} if url else None
    if entity["type"] == "text_mention":
        user = value.get("user")
        if not isinstance(user, dict) or not isinstance(user.get("id"), int):
            raise _cannot('field "user" must be of type Object')
        return entity | {"user": user["id"]}
    if entity["type"] == "custom_emoji":
        return entity | {"custom_emoji_id": str(value.get("custom_emoji_id", ""))}
    if entity["type"] == "pre" and value.get("language"):
        return entity | {"language": str(value["language"])}
    return entity


def _cannot(what: str) -> Exception:
    return bad_request(f"can't parse MessageEntity: {what}")
