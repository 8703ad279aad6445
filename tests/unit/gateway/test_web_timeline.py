"""What a visitor is told about who answers, how sure it is, and how often they may write."""

import pytest

from supportbot.common.ids import ConversationId, uuid7
from supportbot.gateway.domain.timeline import Cursor, Standing
from supportbot.gateway.domain.visitor_rate import REMEMBERED, VisitorRate
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


def test_a_visitor_may_write_again_when_the_minute_has_passed() -> None:
    rate = VisitorRate(per_minute=2)
    assert [rate.wait_s("a", at) for at in (0.0, 10.0)] == [0, 0]
    assert rate.wait_s("a", 20.0) == 40.0
    assert rate.wait_s("b", 20.0) == 0
    assert rate.wait_s("a", 60.0) == 0
    assert rate.wait_s("a", 61.0) == 9.0


def test_the_memory_for_visitors_has_a_bound() -> None:
    rate = VisitorRate(per_minute=1)
    for number in range(REMEMBERED + 50):
        rate.wait_s(str(number), 0.0)
    assert len(rate._sent) == REMEMBERED
