"""What a visitor is told about who answers and how sure it is."""

import pytest

from supportbot.common.ids import ConversationId, uuid7
from supportbot.gateway.domain.timeline import Cursor, Standing
from supportbot.gateway.entrypoints.web_events import read_cursor


def standing(**values: object) -> Standing:
    return Standing(ConversationId(uuid7()), **values)  # type: ignore[arg-type]  # named by the tests below


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, "ready"),
        ({"last_seq": 2, "done_seq": 1}, "thinking"),
        ({"last_seq": 2, "done_seq": 1, "person_expected": True}, "thinking"),
        ({"last_seq": 2, "done_seq": 2, "person_expected": True}, "waiting"),
        ({"last_seq": 2, "done_seq": 1, "mode": "person"}, "person"),
        ({"last_seq": 2, "done_seq": 2, "mode": "closed"}, "ready"),
    ],
)
def test_the_header_says_who_answers(values: dict[str, object], state: str) -> None:
    assert standing(**values).state == state


@pytest.mark.parametrize(
    ("given", "cursor"),
    [
        ("3.4", Cursor(seq=4, out_seq=3)),
        ("3", Cursor(seq=9, out_seq=3)),
        ("", Cursor(seq=9, out_seq=7)),
        ("x.1", Cursor(seq=9, out_seq=7)),
        ("1.x", Cursor(seq=9, out_seq=7)),
        ("99.99", Cursor(seq=9, out_seq=7)),
        ("²", Cursor(seq=9, out_seq=7)),
    ],
)
def test_a_cursor_is_read_and_never_lies_ahead(given: str, cursor: Cursor) -> None:
    assert read_cursor(given, standing(last_seq=9, done_seq=9, out_seq=7)) == cursor
