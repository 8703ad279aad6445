"""Reading what is no message: presses, reactions, stops, and that somebody came or went."""

from supportbot.common.plain_text import clean_text
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
    AnswerStopped,
    ButtonPressed,
    Ignored,
    ReachabilityChanged,
    Reacted,
    TelegramUpdate,
)

MAX_TURN = 2**31 - 1
ID_DIGITS = 16
EMOJI_CHARACTERS = 16


def read_button(update_id: int, query: Fields) -> TelegramUpdate:
    query_id, data = query.get("id"), query.get("data")
    message = maybe_object(query.get("message"))
    message_id = whole(message.get("message_id"), 1, MAX_ID)
    if not isinstance(query_id, str) or not isinstance(data, str) or message_id is None:
        return Ignored(update_id, "callback_query")
    sender = maybe_object(query.get("from"))
    address = address_of(object_of(message.get("chat"), "chat"), message)
    return ButtonPressed(
        update_id,
        clean_text(query_id)[:64],
        str(address),
        message_id,
        clean_text(data)[:64],
        name_of(sender),
        language_of(sender),
        whole(sender.get("id"), -MAX_ID, MAX_ID),
    )


def read_reaction(update_id: int, reaction: Fields) -> TelegramUpdate:
    """Only what any bot may show too: no custom emoji."""
    message_id = whole(reaction.get("message_id"), 1, MAX_ID)
    given = reaction.get("new_reaction")
    kinds = [maybe_object(one) for one in given] if isinstance(given, list) else []
    emojis = [one["emoji"] for one in kinds if isinstance(one.get("emoji"), str)]
    if message_id is None or (kinds and not emojis):
        return Ignored(update_id, "message_reaction")
    sender = whole(maybe_object(reaction.get("user")).get("id"), 1, MAX_ID)
    address = address_of(object_of(reaction.get("chat"), "chat"), {})
    emoji = clean_text(emojis[-1])[:EMOJI_CHARACTERS] if emojis else ""
    return Reacted(update_id, str(address), message_id, emoji, sender)


def read_stop(update_id: int, stop: Fields) -> TelegramUpdate:
    """The Bot API describes the draft's number as an integer; its server writes it as text."""
    draft = stop.get("draft_id")
    if isinstance(draft, str) and draft.isascii() and draft.isdecimal() and len(draft) <= ID_DIGITS:
        draft = int(draft)
    turn_to = whole(draft, 1, MAX_TURN)
    if turn_to is None:
        return Ignored(update_id, "stopped_message_generation")
    address = address_of(object_of(stop.get("chat"), "chat"), {**stop, "is_topic_message": True})
    return AnswerStopped(update_id, (str(address), str(address.chat_id)), turn_to)


def read_membership(update_id: int, change: Fields) -> TelegramUpdate:
    chat = object_of(change.get("chat"), "chat")
    status = maybe_object(change.get("new_chat_member")).get("status")
    reachable = {"kicked": False, "left": False, "member": True, "administrator": True}
    if not isinstance(status, str) or status not in reachable:
        return Ignored(update_id, "my_chat_member")
    return ReachabilityChanged(update_id, str(address_of(chat, {})), reachable[status])
