"""OpenTelemetry traces. They leave the process only where `OTEL_EXPORTER_OTLP_ENDPOINT` says where to."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import propagate, trace
from opentelemetry.trace import Span, Tracer

_TRACER_NAME = "supportbot"


def set_up_tracing(service: str) -> None:
    """Send spans to the collector that the standard `OTEL_*` settings name; without one, cost nothing."""
    if not (os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")):
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def tracer() -> Tracer:
    """The product's tracer."""
    return trace.get_tracer(_TRACER_NAME)


def current_traceparent() -> str | None:
    """The current span as a W3C `traceparent`, to be stored beside what it led to; None outside of a recorded trace."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get("traceparent")


@contextmanager
def span(name: str, *, parent: str | None = None, **attributes: str | float | bool) -> Iterator[Span]:
    """A span, below the current one or below a stored `traceparent`."""
    context = propagate.extract({"traceparent": parent}) if parent else None
    with tracer().start_as_current_span(name, context=context, attributes=attributes) as current:
        yield current
