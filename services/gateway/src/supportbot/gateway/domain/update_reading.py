"""Reading raw updates. Nothing in one is trusted to be there, or to be of the type that the Bot API promises."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from supportbot.common.attached_files import FILE_KINDS, NAME_CHARACTERS, FileAtTelegram
from supportbot.common.i18n import LANGUAGES, translate
from supportbot.common.plain_text import TEXT_LIMIT, clean_text
from supportbot.gateway.domain.commands import COMMANDS
from supportbot.gateway.domain.update_asides import read_button, read_membership, read_reaction, read_stop
from supportbot.gateway.domain.update_fields import (
    MAX_ID,
    Fields,
    address_of,
    language_of,
    maybe_object,
    name_of,
    object_of,
    whole,
)
from supportbot.gateway.domain.updates import (
    ChatMoved,
    Ignored,
    TelegramUpdate,
    UnreadableUpdateError,
    UserMessage,
)

MOST_SIZES = 20
_LONGEST_ALBUM = 64
MAX_UPDATE_ID = 2**63 - 1
KINDS = (
    "sticker", "voice", "video_note", "photo", "animation", "video", "audio", "document", "location", "venue",
    "contact", "poll", "dice", "story", "paid_media", "game",
)  # fmt: skip
_MESSAGES = ("message", "edited_message")
_ASIDES: Mapping[str, Callable[[int, Fields], TelegramUpdate]] = {
    "callback_query": read_button,
    "my_chat_member": read_membership,
    "message_reaction": read_reaction,
    "stopped_message_generation": read_stop,
}
READ = (*_MESSAGES, *_ASIDES)
"""The kinds of updates that mean something here; Telegram is asked for no others."""
_COMMAND = re.compile(r"/([\w]{1,32})(@\w+)?(?=\s|$)")
_FILE_ID = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)
TOPIC_STEP = "topic_step"
"""The kind of what nobody said: somebody closed a topic, or opened it again."""
_TOPIC_STEPS = {"forum_topic_closed": "/close", "forum_topic_reopened": "/reopen"}
_MENTION = re.compile(r"(?<!\w)@\w{3,32}")
_PERSON = {"human", "operator", "оператор"}
_ADDRESSED = re.compile(r"^@\w{3,32}[\s,:]*|(?<!\s)\s*+@\w{3,32}$")


@dataclass(frozen=True, slots=True)
class Own:
    """Who we are in Telegram, as far as it is known; in groups only what is said to us is for us."""

    bot: int | None = None
    username: str = ""
    staff_groups: frozenset[int] = frozenset()
    """Where everything that is said is for us, and nothing is a question."""

    def is_sender(self, message: Fields) -> bool:
        """Whether a message is ours."""
        sender = maybe_object(message.get("from"))
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
    update_id = whole(update.get("update_id"), 0, MAX_UPDATE_ID)
    if update_id is None:
        raise UnreadableUpdateError("it has no usable update_id")
    try:
        return _read(update_id, update, own or Own())
    except UnreadableUpdateError as error:
        raise UnreadableUpdateError(error.reason, str(update_id)) from None


def _read(update_id: int, update: Fields, own: Own) -> TelegramUpdate:
    for name in _MESSAGES:
        if name in update:
            return _message(update_id, object_of(update[name], name), own, is_edit=name == "edited_message")
    for name, read in _ASIDES.items():
        if name in update:
            return read(update_id, object_of(update[name], name))
    kinds = [str(name)[:32] for name in update if name != "update_id"]
    return Ignored(update_id, kinds[0] if kinds and kinds[0].isidentifier() else "empty")


def _message(update_id: int, message: Fields, own: Own, *, is_edit: bool) -> TelegramUpdate:
    chat = object_of(message.get("chat"), "chat")
    address = address_of(chat, message)
    message_id = whole(message.get("message_id"), 1, MAX_ID)
    if message_id is None:
        raise UnreadableUpdateError("its message has no usable message_id")
    moved_to = whole(message.get("migrate_to_chat_id"), -MAX_ID, MAX_ID)
    if moved_to is not None:
        return ChatMoved(update_id, str(address.chat_id), str(moved_to))
    sender = maybe_object(message.get("from"))
    is_staff = address.chat_id in own.staff_groups
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
        user_name=name_of(sender) or name_of(chat),
        language=language_of(sender),
        is_edit=is_edit,
        sender_id=whole(sender.get("id"), -MAX_ID, MAX_ID),
        replies_to=_replied(own, message),
        command=command,
        slash=slash,
        argument=argument,
        quotes=_quoted(message),
        file=_file(kind, message.get(kind)),
        album=_album(message),
    )


def _done_to_topic(message: Fields) -> tuple[str, str] | None:
    """What staff do to a topic by hand, as the command that does it."""
    done = next((command for name, command in _TOPIC_STEPS.items() if name in message), None)
    return None if done is None else (TOPIC_STEP, done)


def _not_for_us(chat: Fields, message: Fields, kind: str, *, is_edit: bool) -> str:
    """Why a message asks nothing of us, wherever it stands; empty where it may."""
    if chat.get("type") == "channel":
        return "channel"
    if maybe_object(message.get("from")).get("is_bot") is True and "sender_chat" not in message:
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
    reply = maybe_object(message.get("reply_to_message"))
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
    """What the button says that calls a person, or asks for contacts: below the first greeting it is a message."""
    return frozenset(
        translate(f"telegram.{offer}_button", one) for one in LANGUAGES for offer in ("person", "contacts")
    )


def _replied(own: Own, message: Fields) -> int | None:
    reply = maybe_object(message.get("reply_to_message"))
    if not own.is_sender(reply):
        return None
    return whole(reply.get("message_id"), 1, MAX_ID)


def _file(kind: str, content: object) -> FileAtTelegram | None:
    """What can be fetched of a message; of a photo, which comes in several sizes, the largest."""
    if kind not in FILE_KINDS:
        return None
    if isinstance(content, list):
        sizes = [maybe_object(one) for one in content[:MOST_SIZES]]
        content = max(sizes, key=lambda one: whole(one.get("width"), 0, MAX_ID) or 0, default=None)
    described = maybe_object(content)
    file_id, name = described.get("file_id"), described.get("file_name")
    if not isinstance(file_id, str) or not _FILE_ID.fullmatch(file_id):
        return None
    called = " ".join(clean_text(name).split())[:NAME_CHARACTERS] if isinstance(name, str) else ""
    return FileAtTelegram(kind, file_id, called, whole(described.get("file_size"), 0, MAX_ID))


def _album(message: Fields) -> str:
    album = message.get("media_group_id")
    return album if isinstance(album, str) and len(album) <= _LONGEST_ALBUM else ""


def _quoted(message: Fields) -> int | None:
    reply = maybe_object(message.get("reply_to_message"))
    return None if "forum_topic_created" in reply else whole(reply.get("message_id"), 1, MAX_ID)
