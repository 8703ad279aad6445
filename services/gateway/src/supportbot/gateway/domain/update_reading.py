"""Reading raw updates. Nothing in one is trusted to be there, or to be of the type that the Bot API promises."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from supportbot.common.i18n import LANGUAGES, translate
from supportbot.common.plain_text import TEXT_LIMIT, clean_text
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.commands import COMMANDS
from supportbot.gateway.domain.updates import (
    AnswerStopped,
    ButtonPressed,
    ChatMoved,
    Ignored,
    ReachabilityChanged,
    TelegramUpdate,
    UnreadableUpdateError,
    UserMessage,
)

MAX_UPDATE_ID = 2**63 - 1
MAX_TURN = 2**31 - 1
ID_DIGITS = 16
MAX_ID = 2**53
"""Telegram's ids have at most 52 significant bits."""
NAME_LIMIT = 200
KINDS = (
    "sticker", "voice", "video_note", "photo", "animation", "video", "audio", "document", "location", "venue",
    "contact", "poll", "dice", "story", "paid_media", "game",
)  # fmt: skip
_COMMAND = re.compile(r"/([\w]{1,32})(@\w+)?(?=\s|$)")
_FILE_ID = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)
_TOPIC_STEPS = {"forum_topic_closed": "/close", "forum_topic_reopened": "/reopen"}
_MENTION = re.compile(r"(?<!\w)@\w{3,32}")
_PERSON = {"human", "operator", "оператор"}
_ADDRESSED = re.compile(r"^@\w{3,32}[\s,:]*|(?<!\s)\s*+@\w{3,32}$")
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Own:
    """Who we are in Telegram, as far as it is known; in groups only what is said to us is for us."""

    bot: int | None = None
    username: str = ""
    staff_group: int | None = None
    """Where everything that is said is for us, and nothing is a question."""

    def is_sender(self, message: Fields) -> bool:
        """Whether a message is ours."""
        sender = _maybe_object(message.get("from"))
        return sender.get("is_bot") is True and self.bot in {None, sender.get("id")}

    def is_named(self, mention: str) -> bool:
        """Whether `@name` means us; as long as our name is not known, every bot's might be it."""
        name = mention.removeprefix("@").lower()
        return name == self.username.lower() if self.username else name.endswith("bot")


def read_update(update: object, own: Own | None = None) -> TelegramUpdate:
    """What an update means.

    Raises:
        UnreadableUpdateError: it has no usable id, or lacks what its type cannot be without.
    """
    if not isinstance(update, Mapping):
        raise UnreadableUpdateError("it is not a JSON object")
    update_id = _whole(update.get("update_id"), 0, MAX_UPDATE_ID)
    if update_id is None:
        raise UnreadableUpdateError("it has no usable update_id")
    try:
        return _read(update_id, update, own or Own())
    except UnreadableUpdateError as error:
        raise UnreadableUpdateError(error.reason, str(update_id)) from None


def _read(update_id: int, update: Fields, own: Own) -> TelegramUpdate:
    for name in ("message", "edited_message"):
        if name in update:
            return _message(update_id, _object(update[name], name), own, is_edit=name == "edited_message")
    if "callback_query" in update:
        return _button(update_id, _object(update["callback_query"], "callback_query"))
    if "my_chat_member" in update:
        return _membership(update_id, _object(update["my_chat_member"], "my_chat_member"))
    if "stopped_message_generation" in update:
        return _stop(update_id, _object(update["stopped_message_generation"], "stopped_message_generation"))
    kinds = [str(name)[:32] for name in update if name != "update_id"]
    return Ignored(update_id, kinds[0] if kinds and kinds[0].isidentifier() else "empty")


def _message(update_id: int, message: Fields, own: Own, *, is_edit: bool) -> TelegramUpdate:
    chat = _object(message.get("chat"), "chat")
    address = _address(chat, message)
    message_id = _whole(message.get("message_id"), 1, MAX_ID)
    if message_id is None:
        raise UnreadableUpdateError("its message has no usable message_id")
    moved_to = _whole(message.get("migrate_to_chat_id"), -MAX_ID, MAX_ID)
    if moved_to is not None:
        return ChatMoved(update_id, str(address.chat_id), str(moved_to))
    sender = _maybe_object(message.get("from"))
    is_staff = address.chat_id == own.staff_group
    kind, text = (_done_to_topic(message) if is_staff else None) or _content(message)
    reason = _not_for_us(chat, message, kind, is_edit=is_edit)
    in_group = not is_staff and chat.get("type") in {"group", "supergroup"}
    if not reason and in_group and not (text and _is_for(own, message, text)):
        reason = "group"
    if reason:
        return Ignored(update_id, reason)
    if address.is_group:
        text = _ADDRESSED.sub("", text).strip() or text
    slash, argument = _slash(text)
    kind, text, command = (kind, text, "") if is_staff else _command(kind, text)
    return UserMessage(
        update_id,
        str(address),
        message_id,
        kind,
        text,
        user_name=_name(sender) or _name(chat),
        language=_language(sender),
        is_edit=is_edit,
        sender_id=_whole(sender.get("id"), -MAX_ID, MAX_ID),
        replies_to=_replied(own, message),
        command=command,
        slash=slash,
        argument=argument,
        quotes=_quoted(message),
        file_id=_file_id(message.get(kind)),
    )


def _done_to_topic(message: Fields) -> tuple[str, str] | None:
    """What staff do to a topic by hand, as the command that does it."""
    done = next((command for name, command in _TOPIC_STEPS.items() if name in message), None)
    return None if done is None else ("text", done)


def _not_for_us(chat: Fields, message: Fields, kind: str, *, is_edit: bool) -> str:
    """Why a message asks nothing of us, wherever it stands; empty where it may."""
    if chat.get("type") == "channel":
        return "channel"
    if _maybe_object(message.get("from")).get("is_bot") is True and "sender_chat" not in message:
        return "bot"
    if kind == "":
        return "service"
    if is_edit and kind != "text" and not isinstance(message.get("caption"), str):
        return "edited_media"  # a live location moves every few seconds; that is no question
    return ""


def _is_for(own: Own, message: Fields, text: str) -> bool:
    """Whether something said in a group is said to us: it names us, replies to us, or is a command for no other."""
    command = _COMMAND.match(text)
    if command:
        name, bot = command.group(1).lower(), command.group(2)
        return own.is_named(bot) if bot else name in COMMANDS or name in _PERSON
    reply = _maybe_object(message.get("reply_to_message"))
    if own.is_sender(reply) and "forum_topic_created" not in reply:
        return True
    return any(own.is_named(mention) for mention in _MENTION.findall(text))


def _content(message: Fields) -> tuple[str, str]:
    """The kind and text of a message; a kind of `` is a service message."""
    text = message.get("text")
    if isinstance(text, str):
        return "text", clean_text(text)[:TEXT_LIMIT]
    caption = message.get("caption")
    words = clean_text(caption)[:TEXT_LIMIT] if isinstance(caption, str) else ""
    for kind in KINDS:
        if kind in message:
            return kind, words
    return ("text", words) if words else ("", "")


def _command(kind: str, text: str) -> tuple[str, str, str]:
    """The kind and text of a message that may be a command, and which one of ours it is."""
    found = _COMMAND.match(text) if kind == "text" else None
    name = found.group(1).lower() if found else ""
    if name in _PERSON or text in _person_buttons():
        return "person", "", ""
    return ("command", "", name) if name in COMMANDS else (kind, text, "")


def _slash(text: str) -> tuple[str, str]:
    found = _COMMAND.match(text)
    return (found.group(1).lower(), text[found.end() :].strip()) if found else ("", "")


@cache
def _person_buttons() -> frozenset[str]:
    """What the button says that calls a person: below the first greeting it is sent as a message."""
    return frozenset(translate("telegram.person_button", language) for language in LANGUAGES)


def _button(update_id: int, query: Fields) -> TelegramUpdate:
    query_id, data = query.get("id"), query.get("data")
    message = _maybe_object(query.get("message"))
    message_id = _whole(message.get("message_id"), 1, MAX_ID)
    if not isinstance(query_id, str) or not isinstance(data, str) or message_id is None:
        return Ignored(update_id, "callback_query")
    sender = _maybe_object(query.get("from"))
    address = _address(_object(message.get("chat"), "chat"), message)
    return ButtonPressed(
        update_id,
        clean_text(query_id)[:64],
        str(address),
        message_id,
        clean_text(data)[:64],
        _name(sender),
        _language(sender),
        _whole(sender.get("id"), -MAX_ID, MAX_ID),
    )


def _stop(update_id: int, stop: Fields) -> TelegramUpdate:
    """The Bot API describes the draft's number as an integer; its server writes it as text."""
    draft = stop.get("draft_id")
    if isinstance(draft, str) and draft.isascii() and draft.isdecimal() and len(draft) <= ID_DIGITS:
        draft = int(draft)
    turn_to = _whole(draft, 1, MAX_TURN)
    if turn_to is None:
        return Ignored(update_id, "stopped_message_generation")
    address = _address(_object(stop.get("chat"), "chat"), {**stop, "is_topic_message": True})
    return AnswerStopped(update_id, (str(address), str(address.chat_id)), turn_to)


def _membership(update_id: int, change: Fields) -> TelegramUpdate:
    chat = _object(change.get("chat"), "chat")
    status = _maybe_object(change.get("new_chat_member")).get("status")
    reachable = {"kicked": False, "left": False, "member": True, "administrator": True}
    if not isinstance(status, str) or status not in reachable:
        return Ignored(update_id, "my_chat_member")
    return ReachabilityChanged(update_id, str(_address(chat, {})), reachable[status])


def _address(chat: Fields, message: Fields) -> Address:
    chat_id = _whole(chat.get("id"), -MAX_ID, MAX_ID)
    if not chat_id:
        raise UnreadableUpdateError("its chat has no usable id")
    topic = _whole(message.get("message_thread_id"), 1, MAX_ID) if message.get("is_topic_message") is True else None
    return Address(chat_id, topic)


def _replied(own: Own, message: Fields) -> int | None:
    reply = _maybe_object(message.get("reply_to_message"))
    if not own.is_sender(reply):
        return None
    return _whole(reply.get("message_id"), 1, MAX_ID)


def _file_id(content: object) -> str | None:
    found = _maybe_object(content).get("file_id")
    return found if isinstance(found, str) and _FILE_ID.fullmatch(found) else None


def _quoted(message: Fields) -> int | None:
    reply = _maybe_object(message.get("reply_to_message"))
    return None if "forum_topic_created" in reply else _whole(reply.get("message_id"), 1, MAX_ID)


def _name(person: Fields) -> str:
    parts = (person.get("first_name"), person.get("last_name"))
    whole = " ".join(clean_text(part) for part in parts if isinstance(part, str))
    title = person.get("title")
    return " ".join((whole or (clean_text(title) if isinstance(title, str) else "")).split())[:NAME_LIMIT]


def _language(sender: Fields) -> str:
    code = sender.get("language_code")
    language = code[:2].lower() if isinstance(code, str) else ""
    return language if language in LANGUAGES else "und"


def _object(value: object, name: str) -> Fields:
    if not isinstance(value, Mapping):
        raise UnreadableUpdateError(f"its {name} is not an object")
    return value


def _maybe_object(value: object) -> Fields:
    return value if isinstance(value, Mapping) else {}


def _whole(value: object, least: int, most: int) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most else None
