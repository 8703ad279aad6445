"""Whatever comes as an update: it means something, is passed over, or is kept aside; nothing else can happen."""

import copy
import json
from typing import Any, Protocol, TypeVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from supportbot.common.plain_text import TEXT_LIMIT, clean_text
from supportbot.gateway.domain.addresses import Address
from supportbot.gateway.domain.buttons import read_press
from supportbot.gateway.domain.update_bytes import RawUpdate, confirmable_id, from_bytes, from_value
from supportbot.gateway.domain.update_fields import MAX_ID, NAME_LIMIT
from supportbot.gateway.domain.update_reading import read_update
from supportbot.gateway.domain.updates import ButtonPressed, TelegramUpdate, UnreadableUpdateError, UserMessage
from tests.fakes.published import published
from tests.fuzz.examples import SCALARS, TEXTS, fuzzed, json_values

NAMES = st.sampled_from(
    """update_id message edited_message callback_query my_chat_member chat from id text type message_id caption data
    reply_to_message new_chat_member status migrate_to_chat_id is_bot message_thread_id is_topic_message sender_chat
    language_code first_name last_name title entities photo sticker forum_topic_created""".split()
) | st.text(max_size=5)
DEEPEST = 4
T = TypeVar("T")


def check(raw: RawUpdate) -> TelegramUpdate | None:
    """Read an update; all that comes out of it can be stored and sent."""
    raw.digest.encode("ascii")
    raw.body.encode()
    confirmed = confirmable_id(raw)
    assert confirmed is None or 0 <= confirmed < 2**53
    if raw.problem:
        return None
    try:
        update = read_update(raw.value)
    except UnreadableUpdateError:
        return None
    assert 0 <= update.update_id < 2**63
    if isinstance(update, UserMessage):
        check_message(update)
    if isinstance(update, ButtonPressed):
        assert max(len(update.data), len(update.query_id)) <= 64
        read_press(update.data)
    return update


def check_message(message: UserMessage) -> None:
    assert len(message.text) <= TEXT_LIMIT
    assert len(message.user_name) <= NAME_LIMIT
    assert 1 <= message.message_id <= MAX_ID
    assert str(Address.read(message.chat)) == message.chat
    for text in (message.text, message.user_name):
        assert clean_text(text) == text
        text.encode()


@fuzzed
@given(st.binary(max_size=200) | json_values(NAMES).map(lambda value: json.dumps(value).encode()))
@example(b'{"update_id": 1, "message": {"message_id": 1, "chat": {"id": 1e3}}}')
@example(b'{"update_id":1}{"update_id":2}')
@example(b"[" * 990 + b"]" * 990)
@example(b'\xef\xbb\xbf{"update_id": 1}')
@example(json.dumps({"update_id": 1}).encode("utf-16"))
def test_any_bytes(body: bytes) -> None:
    check(from_bytes(body))


@fuzzed
@given(json_values(NAMES))
def test_any_value_in_a_batch(value: Any) -> None:
    check(from_value(value))


@fuzzed
@given(TEXTS, TEXTS, st.sampled_from(["private", "group", "supergroup", "channel"]))
@example("a" + " " * 19_000 + "b", "", "group")
def test_any_text_from_anybody_anywhere(text: str, name: str, kind: str) -> None:
    chat = {"id": -5, "type": kind, "title": name}
    sender = {"id": 5, "is_bot": False, "first_name": name, "language_code": name}
    update = {"update_id": 1, "message": {"message_id": 1, "chat": chat, "from": sender, "text": text}}
    assert check(from_value(update)) is not None


class Draw(Protocol):
    """A test's way to a value of a strategy."""

    def __call__(self, strategy: st.SearchStrategy[T], /) -> T: ...


class Described:
    """Makes updates as the Bot API's description has them."""

    def __init__(self, types: dict[str, Any]) -> None:
        self._types = types

    def kinds(self) -> list[str]:
        return [field["name"] for field in self._types["Update"]["fields"] if field["name"] != "update_id"]

    def update(self, draw: Draw, kind: str) -> dict[str, Any]:
        field = next(field for field in self._types["Update"]["fields"] if field["name"] == kind)
        return {"update_id": draw(st.integers(1, 2**40)), kind: self._value(draw, field["types"], 0)}

    def _value(self, draw: Draw, types: list[str], depth: int) -> Any:
        name = draw(st.sampled_from(types))
        if name.startswith("Array of "):
            inner = [name.removeprefix("Array of ")]
            return [self._value(draw, inner, depth + 1) for _ in range(draw(st.integers(0, 2)))]
        simple = {
            "Integer": st.integers(1, 2**52),
            "String": TEXTS,
            "Float": st.floats(allow_nan=False, allow_infinity=False),
            "Boolean": st.booleans(),
            "True": st.just(value=True),
        }
        if name in simple:
            return draw(simple[name])
        described = self._types[name]
        if "subtypes" in described:
            return self._value(draw, described["subtypes"], depth)
        fields = described.get("fields", [])
        chosen = draw(st.sets(st.sampled_from([one["name"] for one in fields]), max_size=4)) if fields else set()
        return {
            one["name"]: self._value(draw, one["types"], depth + 1)
            for one in fields
            if one["required"] or (one["name"] in chosen and depth < DEEPEST)
        }


def mutated(draw: Draw, value: Any) -> Any:
    """A copy with one thing in it gone, doubled, or replaced by anything."""
    changed = copy.deepcopy(value)
    at: Any = changed
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = draw(st.sampled_from(keys))
        inner = at[key]
        if not (isinstance(inner, dict | list) and inner and draw(st.booleans())):
            break
        at = inner
    if draw(st.booleans()):
        at[key] = draw(json_values(NAMES) | SCALARS)
    else:
        del at[key]
    return changed


@pytest.fixture(scope="module")
def described() -> Described:
    return Described(published("telegram-bot-api.json")["types"])


@fuzzed
@given(data=st.data())
def test_every_kind_of_update_whole_and_damaged(described: Described, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(described.kinds()))
    update = described.update(data.draw, kind)
    assert check(from_value(update)) is not None, "an update as the Bot API has them can be read"
    check(from_value(mutated(data.draw, update)))
