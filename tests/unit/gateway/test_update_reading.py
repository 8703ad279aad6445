"""What updates mean, whatever is in them."""

import json
from typing import Any

import pytest
from aiogram.types import Update
from hypothesis import given, settings
from hypothesis import strategies as st

from supportbot.common.attached_files import FileAtTelegram
from supportbot.gateway.domain.update_bytes import RawUpdate, confirmable_id, from_bytes, from_value, unreadable
from supportbot.gateway.domain.update_reading import READ, read_update
from supportbot.gateway.domain.updates import (
    ButtonPressed,
    ChatMoved,
    Ignored,
    ReachabilityChanged,
    UnreadableUpdateError,
    UserMessage,
)

PERSON = {"id": 5, "is_bot": False, "first_name": "Anna", "last_name": "Lee", "language_code": "ru-RU"}
PRIVATE = {"id": 5, "type": "private", "first_name": "Anna"}
GROUP = {"id": -100123, "type": "supergroup", "title": "Team"}
BOT = {"id": 1, "is_bot": True}


def message(**content: Any) -> dict[str, Any]:
    return {"update_id": 1, "message": {"message_id": 3, "chat": PRIVATE, "from": PERSON, **content}}


def read_message(**content: Any) -> UserMessage:
    found = read_update(message(**content))
    assert isinstance(found, UserMessage)
    return found


def test_telegram_knows_every_kind_of_update_that_it_is_asked_for_and_no_other_means_anything() -> None:
    kinds = set(Update.model_fields) - {"update_id"}
    assert set(READ) <= kinds
    others = {kind: read_update({"update_id": 1, kind: {"id": 1}}) for kind in sorted(kinds - set(READ))}
    assert all(isinstance(found, Ignored) for found in others.values()), others


def test_a_text_message_carries_who_wrote_it_in_which_language() -> None:
    found = read_message(text=" Hello ")
    assert (found.chat, found.message_id, found.kind, found.text) == ("5", 3, "text", "Hello")
    assert (found.user_name, found.language, found.sender_id) == ("Anna Lee", "ru", 5)


def test_a_message_without_a_sender_is_taken_by_its_chat() -> None:
    found = read_update({"update_id": 1, "message": {"message_id": 3, "chat": PRIVATE, "text": "Hi"}})
    assert isinstance(found, UserMessage)
    assert (found.user_name, found.language, found.sender_id) == ("Anna", "und", None)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("/human please", "person"),
        ("Talk to a person", "person"),
        ("/оператор", "person"),
        ("/Operator", "person"),
    ],
)
def test_commands_are_messages_of_their_own_kind(text: str, kind: str) -> None:
    found = read_message(text=text)
    assert (found.kind, found.text) == (kind, "")


@pytest.mark.parametrize(
    ("text", "command"),
    [("/start", "start"), ("/start deep_link", "start"), ("/help@our_bot", "help"), ("/New", "new")],
)
def test_what_we_are_told_to_do_is_no_question(text: str, command: str) -> None:
    found = read_message(text=text)
    assert (found.kind, found.text, found.command) == ("command", "", command)


@pytest.mark.parametrize("text", ["/unknown", "/starting", "what is /start", "/"])
def test_what_only_looks_like_a_command_is_text(text: str) -> None:
    assert read_message(text=text).kind == "text"


@pytest.mark.parametrize("kind", ["sticker", "voice", "photo", "document", "location", "contact", "video_note", "poll"])
def test_what_cannot_be_read_says_what_it_is(kind: str) -> None:
    found = read_message(**{kind: {}})
    assert (found.kind, found.text) == (kind, "")


def test_a_caption_is_the_text_of_what_it_belongs_to() -> None:
    found = read_message(photo=[], caption="Is it broken?")
    assert (found.kind, found.text) == ("photo", "Is it broken?")


def test_of_a_photo_the_largest_size_is_what_can_be_opened() -> None:
    sizes = [{"file_id": "small", "width": 90}, {"file_id": "large", "width": 1280, "file_size": 9}, {"file_id": "m"}]
    assert read_message(photo=sizes).file == FileAtTelegram("photo", "large", "", 9)


def test_a_file_has_the_name_that_it_was_sent_with_and_no_line_breaks() -> None:
    described = {"file_id": "AgAD-_1", "file_name": "my\r\n\x00 file.pdf" + "x" * 400, "file_size": -1}
    found = read_message(document=described).file
    assert found is not None
    assert (found.name[:12], len(found.name), found.size) == ("my file.pdfx", 255, None)


@pytest.mark.parametrize(
    "content",
    [None, 7, [], [7, None, []], {}, {"file_id": 7}, {"file_id": "../x"}, {"file_id": "a" * 257}, {"file_id": ""}],
)
@pytest.mark.parametrize("kind", ["photo", "document", "voice"])
def test_what_is_described_in_no_usable_way_is_no_file(kind: str, content: object) -> None:
    assert read_message(**{kind: content}).file is None


def test_what_is_no_file_is_none_even_with_an_id() -> None:
    assert read_message(location={"file_id": "x"}).file is None


@pytest.mark.parametrize("text", ["", "   ", "\u0000", "\n\t"])
def test_only_spaces_is_a_text_without_words(text: str) -> None:
    found = read_message(text=text)
    assert (found.kind, found.text) == ("text", "")


def test_nothing_that_a_store_cannot_hold_remains() -> None:
    assert read_message(text="a\x00b\ud83dc").text == "ab\ufffdc"


def test_entities_outside_the_text_do_no_harm() -> None:
    assert read_message(text="Hi", entities=[{"type": "bold", "offset": 90, "length": -4}]).text == "Hi"


def test_a_reply_to_the_bot_says_to_which_message() -> None:
    assert read_message(text="Hi", reply_to_message={"message_id": 8, "from": BOT}).replies_to == 8
    assert read_message(text="Hi", reply_to_message={"message_id": 8, "from": PERSON}).replies_to is None


def test_a_topic_of_a_forum_is_a_place_of_its_own() -> None:
    found = read_message(chat=GROUP, text="@our_bot where?", message_thread_id=7, is_topic_message=True)
    assert (found.chat, found.text) == ("-100123/7", "where?")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ({"chat": {"id": -1, "type": "channel"}, "text": "x"}, "channel"),
        ({"chat": GROUP, "sticker": {}}, "group"),
        ({"chat": GROUP, "text": "x", "reply_to_message": {"message_id": 1, "from": PERSON}}, "group"),
        ({"from": BOT, "text": "x"}, "bot"),
        ({"new_chat_title": "x"}, "service"),
    ],
)
def test_what_is_not_for_us_is_ignored_by_name(content: dict[str, Any], what: str) -> None:
    assert read_update(message(**content)) == Ignored(1, what)


def test_a_moving_location_is_no_new_question() -> None:
    update = {"update_id": 1, "edited_message": {"message_id": 3, "chat": PRIVATE, "location": {}}}
    assert read_update(update) == Ignored(1, "edited_media")


def test_a_group_that_moved_says_where_to() -> None:
    found = read_update(message(chat={"id": -5, "type": "group"}, migrate_to_chat_id=-1005))
    assert found == ChatMoved(1, "-5", "-1005")


@pytest.mark.parametrize(("status", "reachable"), [("kicked", False), ("member", True), ("left", False)])
def test_blocking_and_coming_back_are_told_apart(status: str, reachable: bool) -> None:
    change = {"chat": PRIVATE, "from": PERSON, "new_chat_member": {"status": status, "user": BOT}}
    assert read_update({"update_id": 1, "my_chat_member": change}) == ReachabilityChanged(1, "5", reachable)


def test_a_pressed_button_carries_its_data_and_place() -> None:
    query = {"id": "9", "from": PERSON, "message": {"message_id": 3, "chat": PRIVATE}, "data": "up:key"}
    found = read_update({"update_id": 1, "callback_query": query})
    assert found == ButtonPressed(1, "9", "5", 3, "up:key", "Anna Lee", "ru", sender_id=5)


def test_a_button_without_its_message_asks_nothing() -> None:
    assert read_update({"update_id": 1, "callback_query": {"id": "9", "data": "x"}}) == Ignored(1, "callback_query")


@pytest.mark.parametrize("update_id", [None, "1", -1, 2**63, 1.5, True, [1]])
def test_an_update_without_a_usable_id_is_unreadable(update_id: object) -> None:
    with pytest.raises(UnreadableUpdateError) as caught:
        read_update({"update_id": update_id, "message": {}})
    assert caught.value.update_id is None


@pytest.mark.parametrize(
    "content", [{"chat": None}, {"chat": {"id": "5"}}, {"chat": {"id": 2**60}}, {"message_id": "3"}, {"message_id": 0}]
)
def test_a_message_without_a_usable_place_is_unreadable_and_keeps_its_id(content: dict[str, Any]) -> None:
    with pytest.raises(UnreadableUpdateError) as caught:
        read_update(message(text="x", **content))
    assert caught.value.update_id == "1"


_names = st.sampled_from(
    ["update_id", "message", "edited_message", "callback_query", "my_chat_member", "chat", "from", "id", "text", "type",
     "message_id", "reply_to_message", "data", "new_chat_member", "status", "caption", "migrate_to_chat_id", "is_bot"]
) | st.text(max_size=5)  # fmt: skip
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=5),
    max_leaves=15,
)


@settings(max_examples=300, deadline=None)
@given(_json)
def test_no_update_can_do_more_than_be_unreadable(value: Any) -> None:
    try:
        found = read_update(value)
    except UnreadableUpdateError:
        return
    assert 0 <= found.update_id < 2**63


def test_the_same_content_has_the_same_digest_in_any_order_and_spacing() -> None:
    one = from_bytes(b'{"update_id": 1, "message": {"a": 1, "b": 2}}')
    two = from_bytes(b'{"message":{"b":2,"a":1},"update_id":1}')
    assert one.digest == two.digest
    assert from_value({"update_id": 1, "message": {"a": 1, "b": 3}}).digest != one.digest


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"NaN", b"[1e999]", b"[" * 10_000, b"1" * 5000])
def test_bytes_that_are_no_json_have_a_problem_and_a_digest(body: bytes) -> None:
    found = from_bytes(body)
    assert found.problem
    assert found.digest


def test_what_confirms_an_update_is_found_even_where_it_cannot_be_read() -> None:
    assert confirmable_id(unreadable(b'{"update_id": 12, "message": NaN}', "x")) == 12
    assert confirmable_id(unreadable(b'{"update_id": 12}, {', "x", is_batch=True)) is None
    assert confirmable_id(from_value({"update_id": 2**60})) is None
    assert confirmable_id(RawUpdate([1], "d", "[1]")) is None


def test_every_json_round_trips_into_a_body_that_can_be_kept() -> None:
    found = from_value({"update_id": 1, "text": "\ud800\x00"})
    assert json.loads(found.body)["update_id"] == 1
    assert found.body.encode()
