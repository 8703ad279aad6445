"""Whatever lies in a queue: an event of ours that can be told again, or rejected for one of the known reasons."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from supportbot.common.bus.incoming import RejectedMessageError, read, traceparent
from supportbot.common.contracts import Event, UnknownEventError, decode, encode
from supportbot.common.contracts.envelope import known_events
from tests.fuzz.examples import SCALARS, fuzzed, json_values

REASONS = {"too_large", "no_message_id", "unknown", "forged", "misrouted"}
GOLDEN = [
    json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(Path("tests/contract/events/golden").resolve().glob("*.json"))
]
FIELDS = st.sampled_from(sorted({name for golden in GOLDEN for name in golden})) | st.text(max_size=6)


@dataclass(frozen=True)
class Delivered:
    """A message as a broker hands it over."""

    body: bytes
    message_id: str | None
    routing_key: str | None


def outcome_of(message: Delivered) -> Event | RejectedMessageError:
    try:
        return read(message, list(known_events().values()))
    except RejectedMessageError as error:
        return error


def check(body: bytes, message_id: str | None, routing_key: str | None) -> None:
    outcome = outcome_of(Delivered(body, message_id, routing_key))
    if isinstance(outcome, Event):
        assert decode(encode(outcome)) == outcome
    else:
        assert outcome.reason in REASONS


@fuzzed
@given(
    st.binary(max_size=200) | json_values(FIELDS).map(lambda value: json.dumps(value).encode()), st.text(max_size=40)
)
@example(b'{"type": "DocumentRemoved", "occurred_at": 1e308}', "x")
@example(b'{"type": []}', "x")
@example(b"[" * 100_000, "x")
def test_any_bytes(body: bytes, message_id: str) -> None:
    check(body, message_id or None, message_id)


@fuzzed
@given(st.sampled_from(GOLDEN), FIELDS, json_values(FIELDS) | SCALARS)
@example(GOLDEN[0], "occurred_at", 10**400)
@example(GOLDEN[0], "version", 1.0)
def test_events_with_one_thing_forged(golden: dict[str, Any], name: str, forged: Any) -> None:
    body = json.dumps({**golden, name: forged}).encode()
    try:
        event = decode(body)
    except UnknownEventError:
        check(body, golden["message_id"], "any")
        return
    check(body, str(event.message_id), event.routing_key)


@fuzzed
@given(json_values(st.just("traceparent") | st.text(max_size=5)))
def test_any_headers(headers: Any) -> None:
    found = traceparent(headers)
    assert found is None or len(found) == 55
