"""Spans as a collector got them, and the questions that a test has about them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue


@dataclass(frozen=True)
class Span:
    """One span; ids are hexadecimal, `parent_id` is empty for a root."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, Any]
    links: tuple[str, ...]
    """Ids of the spans that are linked."""
    events: tuple[str, ...]
    status: str
    """What is said of an error; empty for none."""

    def as_json(self) -> dict[str, Any]:
        """The span for /spans."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Span":
        """The span of /spans."""
        return cls(**{**value, "links": tuple(value["links"]), "events": tuple(value["events"])})


def read_spans(body: bytes) -> Iterator[Span]:
    """The spans of an export request; raises for anything else."""
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        told = _attributes(resource.resource.attributes)
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Span(
                    service=str(told.get("service.name", "")),
                    name=span.name,
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex(),
                    attributes=_attributes(span.attributes),
                    links=tuple(link.span_id.hex() for link in span.links),
                    events=tuple(f"{event.name} {_attributes(event.attributes)}" for event in span.events),
                    status=span.status.message,
                )


def lost_parents(spans: Sequence[Span]) -> list[str]:
    """Names of spans whose parent the collector never got: where a trace is broken."""
    known = {span.span_id for span in spans}
    return [span.name for span in spans if span.parent_id and span.parent_id not in known]


def ancestors(span: Span, spans: Iterable[Span]) -> list[str]:
    """The names from a span up to its root."""
    by_id = {other.span_id: other for other in spans}
    names = [span.name]
    while span.parent_id:
        span = by_id[span.parent_id]
        names.append(span.name)
    return names


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    return getattr(value, kind) if kind in {"string_value", "bool_value", "int_value", "double_value"} else str(value)
