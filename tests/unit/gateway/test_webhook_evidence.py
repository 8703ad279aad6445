"""What a row of looks at the webhook means, whatever anybody's clock shows."""

from datetime import UTC, datetime, timedelta

import pytest

from supportbot.gateway.domain.update_route import RouteTiming
from supportbot.gateway.domain.webhook_evidence import Evidence, Look, Verdict, WebhookReport, weigh

URL = "https://bot.example.com/webhook"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def look(pending: int = 0, failed_at: int = 0, stored_s: float | None = None, url: str = URL) -> Look:
    stored_at = None if stored_s is None else NOON + timedelta(seconds=stored_s)
    return Look(WebhookReport(url, pending, failed_at, "Connection refused" if failed_at else ""), stored_at)


def verdicts(*looks: Look) -> list[Verdict]:
    found: list[Verdict] = []
    evidence: Evidence | None = None
    for each in looks:
        evidence = weigh(evidence, each, URL)
        found.append(evidence.verdict)
    return found


def test_two_failures_that_two_looks_saw_mean_that_it_does_not_deliver() -> None:
    assert verdicts(look(), look(1, 100), look(1, 101)) == ["quiet", "doubtful", "failing"]


def test_what_failed_before_the_first_look_counts_for_nothing() -> None:
    assert verdicts(look(9, 500), look(9, 500), look(9, 500)) == ["quiet", "quiet", "quiet"]


def test_telegrams_clock_may_lie_by_years_and_lag_behind_the_databases() -> None:
    assert verdicts(look(1, 5, stored_s=0), look(2, 6, stored_s=0), look(2, 7, stored_s=0))[-1] == "failing"
    assert verdicts(look(1, 2**40), look(2, 2**40 + 1), look(2, 2**40 + 2))[-1] == "failing"


def test_one_failure_is_a_hiccup_however_long_the_next_attempt_takes() -> None:
    assert verdicts(look(), look(1, 100), *[look(1, 100)] * 5, look(0, 100)) == [
        "quiet",
        *["doubtful"] * 6,
        "quiet",
    ]


def test_failures_add_up_over_looks_without_news() -> None:
    assert verdicts(look(), look(1, 100), look(1, 100), look(1, 160)) == ["quiet", "doubtful", "doubtful", "failing"]


def test_an_update_that_came_through_at_any_gateway_ends_the_doubt() -> None:
    seen = verdicts(look(), look(3, 100, stored_s=0), look(3, 101, stored_s=1), look(3, 102, stored_s=1))
    assert seen == ["quiet", "works", "works", "doubtful"]


def test_as_long_as_what_waits_becomes_less_there_is_no_doubt() -> None:
    assert verdicts(look(9, 1), look(7, 2), look(5, 3), look(5, 4), look(4, 5)) == [
        "quiet",
        "quiet",
        "quiet",
        "doubtful",
        "quiet",
    ]


def test_waiting_updates_alone_may_be_on_their_way() -> None:
    assert set(verdicts(*(look(number) for number in range(5)))) == {"quiet"}


@pytest.mark.parametrize("url", ["", "https://elsewhere.example/webhook"])
def test_a_webhook_that_is_not_ours_any_more_is_noticed_and_begins_anew_when_it_is(url: str) -> None:
    assert verdicts(look(), look(1, 100, url=url), look(1, 101), look(1, 102)) == [
        "quiet",
        "elsewhere",
        "quiet",
        "doubtful",
    ]


def test_the_silence_before_a_first_update_ever_is_no_success() -> None:
    assert verdicts(look(), look(stored_s=0), look(stored_s=0)) == ["quiet", "works", "quiet"]


def test_the_pauses_before_a_return_double_up_to_a_bound() -> None:
    timing = RouteTiming(first_return_s=60.0, longest_return_s=1800.0)
    pauses = [timing.return_after_s(trials) for trials in (1, 2, 3, 6, 7, 1000)]
    assert pauses == [60.0, 120.0, 240.0, 1800.0, 1800.0, 1800.0]


def test_a_webhook_that_works_for_a_moment_only_is_tried_ever_more_seldom() -> None:
    timing = RouteTiming(first_return_s=60.0)
    assert timing.trials_after(3, worked=True, held_s=200.0) == 4
    assert timing.trials_after(3, worked=False, held_s=10_000.0) == 4
    assert timing.trials_after(3, worked=True, held_s=300.0) == 1
    assert timing.trials_after(0, worked=True, held_s=3600.0) == 1
