"""Waiting for servers: the reason is told once, for as long as it is true."""

from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from supportbot.common.waiting import Waiting


class AwayError(Exception):
    """A server is not there."""


class WrongError(AwayError):
    """What no waiting mends."""


def failing(*reasons: str) -> Callable[[], Awaitable[str]]:
    """A call that fails of these reasons, one after the other, and then succeeds."""
    left = list(reasons)

    async def call() -> str:
        if left:
            raise AwayError(left.pop(0))
        return "served"

    return call


async def test_what_is_there_is_not_mentioned() -> None:
    waiting = Waiting()
    with capture_logs() as logs:
        assert await waiting.until_available(failing(), AwayError) == "served"
    assert (logs, waiting.reason) == ([], None)


async def test_each_reason_is_told_once_and_the_end_too() -> None:
    waiting = Waiting()
    with capture_logs() as logs:
        assert await waiting.until_available(failing("no route", "no route", "refused"), AwayError) == "served"
    told = [(line["log_level"], line.get("reason")) for line in logs if line["event"].startswith("The start")]
    assert told == [("warning", "no route"), ("warning", "refused"), ("info", None)]
    assert waiting.reason is None


async def test_the_reason_is_known_while_it_waits() -> None:
    waiting, seen = Waiting(), []

    async def call() -> None:
        seen.append(waiting.reason)
        if len(seen) == 1:
            raise AwayError("refused")

    await waiting.until_available(call, AwayError)
    assert (seen, waiting.reason) == ([None, "refused"], None)


async def test_what_no_waiting_mends_is_raised() -> None:
    async def call() -> None:
        raise WrongError

    with pytest.raises(WrongError):
        await Waiting().until_available(call, AwayError, unless=WrongError)
