"""Filebeat's configuration against the lines that we log: every name that it takes is one that we give."""

import json
import logging
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from opentelemetry.sdk.trace import TracerProvider

from supportbot.common.telemetry.logging import logger, set_up_logging
from tools.distributed.layout import ROOT

CONFIGURATION: dict[str, Any] = yaml.safe_load((ROOT / "infra/monitoring/filebeat.yml").read_text(encoding="utf-8"))
ECS = {
    "message",
    "log.level",
    "log.logger",
    "service.name",
    "trace.id",
    "span.id",
    "error.message",
    "error.stack_trace",
}
"""Names of the Elastic Common Schema for what a line of ours has."""


def processors(kind: str) -> list[dict[str, Any]]:
    return [one[kind] for one in CONFIGURATION["processors"] if kind in one]


RENAMED = {one["from"]: one["to"] for one in processors("rename")[0]["fields"]}


@pytest.fixture
def lines(tmp_path: Path) -> list[dict[str, Any]]:
    """Lines of a process as they stand in its file: within a trace, with an error, with an exception."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    set_up_logging("gateway", folder=tmp_path)
    log = logger("supportbot.gateway.try")
    with TracerProvider().get_tracer("tests").start_as_current_span("a turn"):
        log.warning("It has to wait", error="refused", conversation_id="7")
    log.error("It failed", exc_info=LookupError("gone"))
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level = handlers, level
    return [json.loads(line) for line in (tmp_path / "app.log").read_text(encoding="utf-8").splitlines()]


def test_every_name_that_is_taken_is_one_that_we_give(lines: list[dict[str, Any]]) -> None:
    given = {f"supportbot.{name}" for line in lines for name in line}
    assert set(RENAMED) <= given
    assert set(RENAMED.values()) == ECS
    (stamped,) = processors("timestamp")
    of_every_line = {"event", "level", "logger", "service", "timestamp"}
    assert all(of_every_line <= set(line) for line in lines)
    assert {f"supportbot.{name}" for name in of_every_line} <= {*RENAMED, stamped["field"]}


def test_a_line_becomes_what_elasticsearch_expects(lines: list[dict[str, Any]]) -> None:
    waited, failed = ({RENAMED.get(f"supportbot.{name}", name): value for name, value in one.items()} for one in lines)
    assert (waited["message"], waited["log.level"], waited["error.message"]) == ("It has to wait", "warning", "refused")
    assert (waited["service.name"], waited["conversation_id"]) == ("gateway", "7")
    assert re.fullmatch(r"[0-9a-f]{32}", waited["trace.id"])
    assert "LookupError: gone" in failed["error.stack_trace"]


def test_its_layout_is_that_of_our_moments(lines: list[dict[str, Any]]) -> None:
    (stamped,) = processors("timestamp")
    assert stamped["layouts"] == ["2006-01-02T15:04:05.999999Z"]
    for moment in (*(line["timestamp"] for line in lines), *stamped["test"]):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", moment)
        assert datetime.fromisoformat(moment).tzinfo is not None


def test_each_line_is_read_once_from_where_the_units_write_it() -> None:
    (source,) = CONFIGURATION["filebeat.inputs"]
    assert source["type"] == "filestream"
    assert {Path(path).name for path in source["paths"]} == {"app.log"}
    units = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "infra/systemd").glob("*"))
    assert "/opt/telegram-bot/logs" in units
    assert "password" not in json.dumps(CONFIGURATION).lower()
