"""Events as they were written by every version so far can still be read, and mean the same.

`golden/` holds one file per event and version. A new version adds a file; no file is ever changed.
"""

import json
from pathlib import Path
from uuid import UUID

import pytest

from supportbot.common import contracts
from supportbot.common.contracts import (
    AnswerReady,
    EscalationRaised,
    Event,
    QuestionAsked,
    UnknownEventError,
    decode,
    encode,
)
from supportbot.common.contracts.envelope import known_events

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(GOLDEN.glob("*.json"))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_stored_event_is_read_with_everything_it_says(path: Path) -> None:
    event = decode(_read(path))
    said = json.loads(_read(path))
    understood = json.loads(encode(event))
    assert path.stem == f"{said['type']}.v{said['version']}"
    assert {name: understood[name] for name in said} == said


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_written_is_read_back_as_the_same(path: Path) -> None:
    event = decode(_read(path))
    assert decode(encode(event)) == event
    assert decode(encode(event).encode()) == event


def test_every_event_is_told_of_by_the_contracts_and_can_be_read() -> None:
    told = {found for name in contracts.__all__ if isinstance(found := getattr(contracts, name), type)}
    assert set(known_events().values()) == {one for one in told if issubclass(one, Event)} - {Event}


def test_every_event_of_today_has_a_stored_example() -> None:
    today = {f"{name}.v{event.model_fields['version'].default}" for name, event in known_events().items()}
    assert today <= {path.stem for path in FILES}


def test_every_event_has_its_own_routing_key_of_stream_and_fact() -> None:
    keys = [event.routing_key for event in known_events().values()]
    assert len(keys) == len(set(keys))
    assert all(len(key.split(".")) == 2 for key in keys)


def test_a_field_that_a_newer_version_added_is_ignored() -> None:
    body = json.loads(_read(GOLDEN / "QuestionAsked.v1.json")) | {"field_of_tomorrow": {"nested": 1}}
    assert isinstance(decode(json.dumps(body)), QuestionAsked)


def test_fields_that_came_later_may_be_missing() -> None:
    body = json.loads(_read(GOLDEN / "AnswerReady.v1.json"))
    body["citations"] = [{"document": "returns.md", "title": "Returns", "quote": "30 days"}]
    for name in ("causation_id", "occurred_at"):
        del body[name]
    event = decode(json.dumps(body))
    assert isinstance(event, AnswerReady)
    assert event.citations[0].headings == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"not json",
        b"[]",
        b"null",
        b'"QuestionAsked"',
        b"{}",
        b'{"type": "Nonsense"}',
        b'{"type": ["QuestionAsked"]}',
        b'{"type": "QuestionAsked"}',
        b'{"type": "QuestionAsked", "conversation_id": "not a uuid"}',
        b"[" * 100_000,
        b'{"type": NaN}',
    ],
)
def test_bytes_that_are_no_event_of_ours_are_one_kind_of_error(body: bytes) -> None:
    with pytest.raises(UnknownEventError):
        decode(body)


def test_a_version_that_we_do_not_know_is_refused() -> None:
    body = json.loads(_read(GOLDEN / "EscalationRaised.v1.json")) | {"version": 2}
    with pytest.raises(UnknownEventError, match="version 2"):
        decode(json.dumps(body))


def test_an_event_cannot_be_changed() -> None:
    event = decode(_read(GOLDEN / "EscalationRaised.v1.json"))
    assert isinstance(event, EscalationRaised)
    with pytest.raises(ValueError, match="frozen"):
        event.reason = "another"  # type: ignore[misc]  # what is tested


def test_two_events_never_share_an_id() -> None:
    conversation = UUID(int=1)
    made = [
        QuestionAsked(correlation_id=conversation, conversation_id=conversation, seq=1, channel="web", text="")
        for _ in range(100)
    ]
    assert len({event.message_id for event in made}) == 100
    assert made == sorted(made, key=lambda event: event.message_id.int >> 80)
