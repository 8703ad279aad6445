"""Logs: one JSON object a line, without secrets, libraries' lines included."""

import io
import json
import logging
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import stamina
import structlog
from stamina.instrumentation import get_on_retry_hooks

from supportbot.common.telemetry.logging import hide_secrets, logger, set_up_logging

BOT_TOKEN = "123456789:AAE_made-up-token-for-tests-0123456789"
API_KEY = "sk-madeup0123456789abcdefghij"
SECRETS = (BOT_TOKEN, API_KEY, "hunter2")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[io.StringIO]:
    """What is written to standard error; the logging of the test run is restored afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    set_up_logging("test", level="DEBUG", folder=tmp_path)
    yield written
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def _all(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


@pytest.mark.parametrize(
    "text",
    [
        f"GET https://api.telegram.org/bot{BOT_TOKEN}/getMe",
        f"token={BOT_TOKEN}",
        f"Incorrect API key provided: {API_KEY}.",
        "postgresql+asyncpg://bot_user:hunter2@db:5432/telegram_bot",
        "amqp://:hunter2@broker/",
    ],
)
def test_secrets_are_hidden_wherever_they_stand(text: str) -> None:
    hidden = hide_secrets(text)
    assert "***" in hidden
    assert not any(secret in hidden for secret in SECRETS)


def test_ordinary_text_is_left_as_it_is() -> None:
    text = "Conversation 0190f3a2-7b1c-7def-8123-456789abcdef took 12:30:45, see https://example.com/a:b@c"
    assert hide_secrets(text) == text


def test_every_line_is_one_json_object_with_its_service_and_level(lines: io.StringIO) -> None:
    logger("ours").warning("It happened", subject="дело", number=3)
    (line,) = _all(lines)
    assert (line["event"], line["level"], line["service"], line["number"]) == ("It happened", "warning", "test", 3)
    assert line["subject"] == "дело"
    assert line["timestamp"].endswith("Z")


def test_secrets_are_hidden_in_messages_values_and_tracebacks(lines: io.StringIO, tmp_path: Path) -> None:
    log = logger("ours")
    event = f"token {BOT_TOKEN}"
    log.info(event, url=f"http://user:hunter2@host/{BOT_TOKEN}")
    logging.getLogger("library").warning("asked %s with %s", f"bot{BOT_TOKEN}", {"key": API_KEY})
    log.error("It failed", exc_info=ValueError(API_KEY), details={"inner": [API_KEY]})
    written = lines.getvalue() + (tmp_path / "app.log").read_text(encoding="utf-8")
    assert len(_all(lines)) == 3
    assert not any(secret in written for secret in SECRETS)


def test_only_errors_go_to_the_error_log(lines: io.StringIO, tmp_path: Path) -> None:
    logger("ours").info("fine")
    logger("ours").error("not fine")
    assert len((tmp_path / "app.log").read_text(encoding="utf-8").splitlines()) == 2
    (line,) = (tmp_path / "error.log").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["event"] == "not fine"


def test_a_line_break_in_a_value_does_not_break_the_line(lines: io.StringIO) -> None:
    logger("ours").info("one", text='first\nsecond"} {"level": "critical')
    assert len(_all(lines)) == 1


async def test_a_retry_is_told_in_our_own_words_and_for_debugging_only(lines: io.StringIO) -> None:
    async for attempt in stamina.retry_context(on=OSError, attempts=2, wait_initial=0, wait_max=0.001):
        with attempt:
            if attempt.num == 1:
                raise OSError("the other side is away")
    (line,) = [line for line in _all(lines) if line["logger"] != "asyncio"]
    assert (line["event"], line["level"]) == ("A step is tried again", "debug")
    assert line["cause"] == "the other side is away"
    assert len(get_on_retry_hooks()) == 1, "stamina's own would log and count it too"
