"""Metrics: their names keep to Prometheus' conventions, their document is current, and events are counted."""

import re
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from supportbot.common.bus.handling import guarded
from supportbot.common.bus.port import EventGivenBackError
from supportbot.common.contracts import DocumentRemoved, Event
from tools.metrics import PATH, collectors, name_of, render

PROMISED = {
    "db_connection_pool_checked_out",
    "db_connection_pool_size",
    "db_connection_pool_overflow",
    "supportbot_events_published_total",
    "supportbot_events_consumed_total",
    "supportbot_events_redelivered_total",
    "supportbot_events_rejected_total",
    "supportbot_outbox_waiting",
    "supportbot_turn_seconds",
    "supportbot_claim_seconds",
    "supportbot_answer_seconds",
    "supportbot_stage_seconds",
    "supportbot_replies_sent_total",
    "supportbot_turns_due",
    "supportbot_oldest_due_seconds",
}


def test_the_document_of_metrics_is_current() -> None:
    assert PATH.read_text(encoding="utf-8") == render(), "write it anew: python -m tools.metrics"


def test_what_monitoring_relies_on_is_there() -> None:
    assert {name_of(one) for one in collectors()} >= PROMISED


def test_the_process_itself_is_measured() -> None:
    names = {family.name for family in REGISTRY.collect()}
    assert names >= {"process_cpu_seconds", "process_resident_memory_bytes", "process_open_fds"}


@pytest.mark.parametrize("one", collectors(), ids=name_of)
def test_a_name_keeps_to_the_conventions(one: object) -> None:
    name, kind, labels = name_of(one), one._type, one._labelnames  # type: ignore[attr-defined]
    assert re.fullmatch(r"(supportbot|db)(_[a-z]+)+", name)
    assert (kind == "counter") == name.endswith("_total")
    assert kind != "histogram" or name.endswith("_seconds")
    assert not set(labels) & {"le", "quantile", "user", "chat", "conversation", "conversation_id"}
    assert one._documentation  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("error", "outcome"), [(None, "handled"), (LookupError(), "failed"), (EventGivenBackError("stop"), "given_back")]
)
async def test_each_event_is_counted_by_what_became_of_it(error: Exception | None, outcome: str) -> None:
    labels = {"queue": "test", "outcome": outcome}
    before = REGISTRY.get_sample_value("supportbot_events_consumed_total", labels) or 0.0

    async def handle(_event: Event) -> None:
        if error is not None:
            raise error

    event = DocumentRemoved(correlation_id=uuid4(), document="a.md")
    if outcome == "given_back":
        with pytest.raises(EventGivenBackError):
            await guarded("test", handle)(event)
    else:
        await guarded("test", handle)(event)
    assert REGISTRY.get_sample_value("supportbot_events_consumed_total", labels) == before + 1
