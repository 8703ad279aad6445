"""Outages: told when they begin, now and then while they last, and when they are over."""

import pytest
import structlog
from structlog.testing import capture_logs

from supportbot.common.telemetry.outage import REMIND_S, Outage


@pytest.fixture
def outage() -> Outage:
    structlog.reset_defaults()
    return Outage("It has to wait", "It goes on", bot="7")


def told(logs: list[structlog.typing.EventDict]) -> list[tuple[str, str, int]]:
    return [(line["log_level"], line["event"], line["times"]) for line in logs]


def test_what_works_is_not_mentioned(outage: Outage) -> None:
    with capture_logs() as logs:
        outage.over()
        outage.over_if_quiet()
    assert (logs, outage.error) == ([], None)


def test_a_hundred_failures_are_two_lines(outage: Outage) -> None:
    with capture_logs() as logs:
        for _ in range(100):
            outage.met(OSError("no route"))
        assert outage.error == "no route"
        outage.over()
        outage.over()
    assert told(logs) == [("warning", "It has to wait", 1), ("info", "It goes on", 100)]
    assert [line["bot"] for line in logs] == ["7", "7"]
    assert outage.error is None


def test_one_that_lasts_is_told_again_now_and_then(outage: Outage, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: moment)
    with capture_logs() as logs:
        for _ in range(5):
            outage.met("no route")
            moment += REMIND_S / 2
    assert told(logs) == [("warning", "It has to wait", number) for number in (1, 3, 5)]


def test_what_partly_works_is_over_only_when_nothing_failed_for_a_while(outage: Outage) -> None:
    with capture_logs() as logs:
        outage.met("full")
        outage.over_if_quiet()
        outage.met("full")
        outage.over_if_quiet()
        outage.over_if_quiet()
    assert told(logs) == [("warning", "It has to wait", 1), ("info", "It goes on", 2)]
