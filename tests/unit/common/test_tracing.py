"""Traces: what a span says and what it never says, how it goes on elsewhere, and what it costs to have none."""

import asyncio
import io
import json
import logging
import subprocess
import sys
from collections.abc import Generator, Sequence
from uuid import uuid4

import pytest
import structlog
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from supportbot.common.bus.local import LocalBus
from supportbot.common.contracts import DocumentRemoved, DocumentRestricted, DocumentUploaded, Event
from supportbot.common.telemetry.exporting import Tracing, is_wanted, set_up_tracing
from supportbot.common.telemetry.logging import logger, set_up_logging
from supportbot.common.telemetry.patient_exporter import PatientExporter
from supportbot.common.telemetry.tracing import current_traceparent, note, span, step, under

HOSTILE = ["", "00", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "00-" + "f" * 5000, "\x00\n"]


def test_an_error_is_noted_by_its_type_and_not_by_what_it_says(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="Anna"), span("work"):
        raise ValueError("Anna's card 4111 1111 1111 1111")
    (told,) = spans.get_finished_spans()
    assert (told.status.status_code, told.status.description) == (StatusCode.ERROR, "ValueError")
    assert "Anna" not in told.to_json()


async def test_being_cancelled_is_no_error(spans: InMemorySpanExporter) -> None:
    with pytest.raises(asyncio.CancelledError), span("work"):
        raise asyncio.CancelledError
    assert spans.get_finished_spans()[0].status.status_code is StatusCode.UNSET


def test_a_stored_traceparent_goes_on_where_it_ended(spans: InMemorySpanExporter) -> None:
    with span("first"):
        stored = current_traceparent()
    with under(stored):
        between = current_traceparent()
        with span("second"):
            note(seq=3)
    with span("third", parent=stored, links=[between or "", *HOSTILE]):
        pass
    first, second, third = spans.get_finished_spans()
    assert between == stored
    for later in (second, third):
        assert (later.parent.span_id if later.parent else 0) == first.context.span_id
        assert later.context.trace_id == first.context.trace_id
    assert second.attributes == {"seq": 3}
    assert [link.context.span_id for link in third.links] == [first.context.span_id]


@pytest.mark.parametrize("stored", HOSTILE)
def test_a_traceparent_that_is_none_begins_a_new_trace(stored: str, spans: InMemorySpanExporter) -> None:
    with span("work", parent=stored), under(stored):
        pass
    assert spans.get_finished_spans()[0].parent is None


def test_a_step_outside_of_a_trace_begins_none(spans: InMemorySpanExporter) -> None:
    with step("look"):
        pass
    with span("work"), step("look"):
        pass
    assert [told.name for told in spans.get_finished_spans()] == ["look", "work"]


async def test_the_local_bus_carries_the_trace_to_the_handler(spans: InMemorySpanExporter) -> None:
    bus, handled = LocalBus(), asyncio.Event()

    async def handle(_event: Event) -> None:
        handled.set()

    bus.subscribe("indexer.documents", (DocumentUploaded, DocumentRemoved, DocumentRestricted), handle)
    await bus.start()
    with span("upload") as upload:
        await bus.publish(DocumentUploaded(correlation_id=uuid4(), document="a.md", document_version="1"))
    await handled.wait()
    await bus.stop(5)
    (handling,) = [told for told in spans.get_finished_spans() if told.name.startswith("handle")]
    assert handling.parent is not None
    assert handling.parent.span_id == upload.get_span_context().span_id


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Generator[io.StringIO]:
    """What is logged."""
    root, written = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers, root.level
    monkeypatch.setattr("sys.stderr", written)
    set_up_logging("test")
    yield written
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_every_line_inside_a_span_says_which_one(lines: io.StringIO, spans: InMemorySpanExporter) -> None:
    with span("work") as current:
        logger("ours").info("Ours")
        logging.getLogger("theirs").warning("A library's")
    logger("ours").info("Outside")
    ours, theirs, outside = map(json.loads, lines.getvalue().splitlines())
    context = current.get_span_context()
    expected = (format(context.trace_id, "032x"), format(context.span_id, "016x"))
    for line in (ours, theirs):
        assert (line["trace_id"], line["span_id"]) == expected
    assert not {"trace_id", "span_id"} & set(outside)
    assert len(spans.get_finished_spans()) == 1


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
        ({"OTEL_SERVICE_NAME": "ours"}, False),
    ],
)
def test_the_standard_settings_say_whether_traces_are_sent(environment: dict[str, str], wanted: bool) -> None:
    assert is_wanted(environment) is wanted


PROBE = """
import asyncio, json, os, sys, threading
from supportbot.common.telemetry.exporting import set_up_tracing
from opentelemetry import trace
tracing = set_up_tracing("supportbot-test")
resource = getattr(trace.get_tracer_provider(), "resource", None)
print(json.dumps({
    "threads": threading.active_count(),
    "modules": sorted(name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))),
    "service": resource.attributes["service.name"] if resource else None,
}))
"""


def probe(folder: str, **environment: str) -> dict[str, object]:
    """A new process that sets tracing up."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_without_a_collector_nothing_of_it_is_loaded_or_runs(tmp_path: str) -> None:
    assert probe(str(tmp_path)) == {"threads": 1, "modules": [], "service": None}


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({}, "supportbot-test"),
        ({"OTEL_SERVICE_NAME": "support-eu"}, "support-eu"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=support-us,zone=b"}, "support-us"),
    ],
)
def test_the_service_is_named_unless_the_settings_do(tmp_path: str, more: dict[str, str], name: str) -> None:
    found = probe(str(tmp_path), OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", **more)
    assert (found["service"], found["threads"]) == (name, 2)


def test_the_standard_settings_may_stand_in_the_env_file(tmp_path: str) -> None:
    with open(f"{tmp_path}/.env", "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write("OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:9\nOTEL_SERVICE_NAME=from-file\n")
    assert probe(str(tmp_path))["service"] == "from-file"


class Collector(SpanExporter):
    """Takes spans, or does not."""

    def __init__(self) -> None:
        self.there = False
        self.tried = 0
        self.taken = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.tried += 1
        if not self.there:
            raise ConnectionError("http://user:hunter2@collector refused")
        self.taken += len(spans)
        return SpanExportResult.SUCCESS


def test_a_collector_that_is_away_is_told_of_once_and_once_when_it_is_back(lines: io.StringIO) -> None:
    collector = Collector()
    exporter = PatientExporter(collector)
    for there in (False, False, False, True, True, False):
        collector.there = there
        exporter.export([])
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [line["level"] for line in told] == ["warning", "info", "warning"]
    assert "hunter2" not in lines.getvalue()


def test_at_the_end_one_refusal_is_enough(lines: io.StringIO) -> None:
    collector = Collector()
    exporter = PatientExporter(collector)
    exporter.closing = True
    for _ in range(5):
        exporter.export([])
    assert collector.tried == 1
    assert lines.getvalue().count("takes no traces") == 1


async def test_spans_that_still_wait_at_the_end_are_sent() -> None:
    collector = Collector()
    collector.there = True
    exporter, provider = PatientExporter(collector), TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(exporter, max_export_batch_size=512, schedule_delay_millis=60_000))
    for _ in range(11):
        provider.get_tracer("test").start_span("work").end()
    await Tracing(provider, exporter).close()
    assert collector.taken == 11
    await Tracing().close()


def test_setting_up_without_settings_leaves_the_process_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    before = trace.get_tracer_provider()
    set_up_tracing("supportbot-test")
    assert trace.get_tracer_provider() is before
