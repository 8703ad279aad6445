"""The reply_markup of a call, checked as the server does."""

import json
from typing import Any

from tests.fakes.telegram.errors import bad_request
from tests.fakes.telegram.links import checked_link
from tests.fakes.telegram.params import Params

ACTIONS = {
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
}
ALLOWED = ACTIONS | {"text", "style", "icon_custom_emoji_id"}
MAX_CALLBACK = 64
MAX_BUTTONS = 100


def reply_markup(params: Params, *, inline_only: bool = False) -> dict[str, Any] | None:
    """The markup as an object, None where there is none."""
    if not params.has("reply_markup"):
        return None
    try:
        value = json.loads(params.text("reply_markup"))
    except (ValueError, RecursionError):
        raise bad_request("can't parse reply keyboard markup JSON object") from None
    if value is None or value == {}:
        return None
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in value:
        return _inline(value)
    if inline_only:
        raise bad_request("inline keyboard expected")
    return _other(value)


def _inline(value: dict[str, Any]) -> dict[str, Any] | None:
    rows = value["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('can\'t parse inline keyboard: field "inline_keyboard" must be an Array of Arrays')
    checked = [[_button(button) for button in row] for row in rows if row]
    if sum(len(row) for row in checked) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": checked} if checked else None


def _button(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise _wrong_button("expected an Object")
    unknown = set(button) - ALLOWED
    if unknown:
        raise _wrong_button(f"unknown fields {sorted(unknown)}")
    text = button.get("text")
    if not isinstance(text, str):
        raise _wrong_button('Can\'t find field "text"')
    if not text.strip():
        raise _wrong_button("button text must be non-empty")
    given = [name for name in ACTIONS if button.get(name) is not None]
    if not given:
        raise _wrong_button("Text buttons are unallowed in the inline keyboard")
    if len(given) > 1:
        raise _wrong_button("exactly one action is allowed")
    _check_action(given[0], button[given[0]])
    return dict(button)


def _check_action(name: str, value: Any) -> None:
    if name == "callback_data":
        if not isinstance(value, str) or not 1 <= len(value.encode()) <= MAX_CALLBACK:
            raise bad_request("BUTTON_DATA_INVALID")
    elif name == "url" and not (isinstance(value, str) and checked_link(value)):
        raise bad_request(f"inline keyboard button URL '{value}' is invalid: wrong HTTP URL")


def _other(value: dict[str, Any]) -> dict[str, Any]:
    if value.get("remove_keyboard") is True or value.get("force_reply") is True:
        return value
    rows = value.get("keyboard")
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request("object expected as reply markup")
    for button in (button for row in rows for button in row):
        text = button if isinstance(button, str) else button.get("text") if isinstance(button, dict) else None
        if not isinstance(text, str) or not text.strip():
            raise bad_request("can't parse keyboard button: text must be non-empty")
    return value


def _wrong_button(what: str) -> Exception:
    return bad_request(f"can't parse inline keyboard button: {what}")
