"""OpenTelemetry traces: spans, and how a trace goes on beyond its process. `exporting` sends them somewhere."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from opentelemetry import context as contexts
from opentelemetry import propagate, trace
from opentelemetry.trace import INVALID_SPAN, Link, Span, Status, StatusCode, Tracer

_TRACER_NAME = "supportbot"


def tracer() -> Tracer:
    """The product's tracer."""
    return trace.get_tracer(_TRACER_NAME)


def current_traceparent() -> str | None:
    """The current span as a W3C `traceparent`, to be stored beside what it led to; None outside of a recorded trace."""
    if not trace.get_current_span().get_span_context().is_valid:
        return None
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get("traceparent")


@contextmanager
def span(
    name: str, *, parent: str | None = None, links: Iterable[str] = (), **attributes: str | float | bool
) -> Iterator[Span]:
    """A span, below the current one or below a stored `traceparent`; `links` are traceparents that led to it too.

    An error is noted by its type alone: what it says may hold a user's words or a statement's parameters.
    """
    if _nobody_listens(parent):
        yield INVALID_SPAN
        return
    with tracer().start_as_current_span(
        name,
        context=_context_of(parent) if parent else None,
        links=[Link(linked) for linked in map(_span_context_of, links) if linked.is_valid],
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield current
        except Exception as error:
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


@contextmanager
def step(name: str) -> Iterator[None]:
    """A span below the current one; outside of a trace nothing, so that looking for work makes no traces of its own."""
    if not trace.get_current_span().is_recording():
        yield
        return
    with span(name):
        yield


@contextmanager
def under(traceparent: str | None) -> Iterator[None]:
    """What is done inside belongs to the trace of a stored `traceparent`, where there is one."""
    if traceparent is None:
        yield
        return
    token = contexts.attach(_context_of(traceparent))
    try:
        yield
    finally:
        contexts.detach(token)


def note(**attributes: str | float | bool) -> None:
    """Say more about the current span."""
    trace.get_current_span().set_attributes(attributes)


def _nobody_listens(parent: str | None) -> bool:
    """Whether a span would be recorded nowhere and hand on nothing: it costs a dozen objects all the same."""
    of_others = parent is not None or trace.get_current_span().get_span_context().is_valid
    return not of_others and isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


def _context_of(traceparent: str) -> contexts.Context:
    return propagate.extract({"traceparent": traceparent})


def _span_context_of(traceparent: str) -> trace.SpanContext:
    return trace.get_current_span(_context_of(traceparent)).get_span_context()
