"""Telegram's limits, kept by a clock that the test holds."""

from hypothesis import given, settings
from hypothesis import strategies as st

from supportbot.gateway.domain.limits import SendingLimits


def test_one_message_a_second_in_a_chat_and_others_meanwhile() -> None:
    limits = SendingLimits()
    limits.count(5, 100.0)
    assert 1.0 <= limits.wait_s(5, 100.0) <= 1.1
    assert limits.wait_s(6, 100.0) == 0
    assert limits.wait_s(5, 101.1) == 0


def test_thirty_messages_a_second_overall() -> None:
    limits = SendingLimits()
    for chat in range(30):
        assert limits.wait_s(chat + 1, 100.0) == 0
        limits.count(chat + 1, 100.0)
    assert limits.wait_s(99, 100.0) > 0.9
    assert limits.wait_s(99, 101.1) == 0


def test_what_begins_late_counts_from_when_it_begins() -> None:
    limits = SendingLimits()
    for chat in range(30):
        limits.count(chat + 1, 100.0)
    for chat in range(30):
        limits.begin(chat + 1, 100.0, 100.9)
    assert limits.wait_s(99, 101.1) > 0.8
    assert limits.wait_s(1, 101.1) > 0.8
    assert limits.wait_s(1, 102.0) == 0


def test_what_took_longer_than_a_second_counts_from_its_end() -> None:
    limits = SendingLimits(per_second=1)
    limits.count(1, 100.0)
    assert limits.wait_s(2, 101.5) == 0
    limits.begin(1, 100.0, 101.6)
    assert limits.wait_s(2, 102.0) > 0.6
    assert limits.wait_s(2, 102.7) == 0


def test_twenty_messages_a_minute_in_a_group() -> None:
    limits = SendingLimits()
    for number in range(20):
        limits.count(-5, 100.0 + 2 * number)
    assert limits.wait_s(-5, 140.0) > 19
    assert limits.wait_s(-5, 161.0) == 0


def test_a_pause_is_obeyed_to_its_end_and_never_shortened() -> None:
    limits = SendingLimits()
    limits.pause(5, 135.0, 100.0)
    limits.pause(5, 110.0, 101.0)
    assert limits.wait_s(5, 134.0) == 1.0
    assert limits.wait_s(6, 101.0) == 0
    assert limits.wait_s(5, 135.0) == 0


def test_a_chat_that_is_paused_is_not_forgotten_among_many() -> None:
    limits = SendingLimits(per_second=1000)
    limits.pause(5, 10_000_000.0, 0.0)
    for number in range(11_000):
        limits.count(1000 + number, float(number * 10))
    assert limits.wait_s(5, 110_000.0) > 0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([1, 2, 3, -1, -2]), st.floats(0, 0.5)), max_size=150))
def test_no_window_ever_holds_more_than_telegram_allows(wishes: list[tuple[int, float]]) -> None:
    limits, now, sent = SendingLimits(per_second=3), 0.0, list[tuple[float, int]]()
    for chat, pause in wishes:
        now += pause
        now += limits.wait_s(chat, now)
        while limits.wait_s(chat, now) > 0:
            now += limits.wait_s(chat, now)
        limits.count(chat, now)
        sent.append((now, chat))
    for moment, chat in sent:
        within = [other for other in sent if moment <= other[0] < moment + 1]
        assert len(within) <= 3
        assert len([1 for _, other in within if other == chat]) == 1
        minute = [other for at, other in sent if moment <= at < moment + 60 and other == chat]
        assert chat > 0 or len(minute) <= 20
