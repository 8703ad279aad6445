"""Tells once that the collector is away, and once that it is back. Loaded only where traces are sent."""

from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from supportbot.common.telemetry.logging import hide_secrets, logger
from supportbot.common.telemetry.metrics import SPANS_LOST

_log = logger(__name__)


class PatientExporter(SpanExporter):
    """Around an exporter that says the same at every try."""

    def __init__(self, inner: SpanExporter) -> None:
        self.closing = False
        """At the end one refusal is enough: nothing is tried after it."""
        self._inner = inner
        self._away = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Called in the SDK's own thread, never where the product works."""
        result, error = SpanExportResult.FAILURE, ""
        if not (self._away and self.closing):
            try:
                result = self._inner.export(spans)
            except Exception as raised:
                error = hide_secrets(f"{type(raised).__name__}: {raised}")[:200]
        if result is not SpanExportResult.SUCCESS:
            SPANS_LOST.inc(len(spans))
        self._tell(away=result is not SpanExportResult.SUCCESS, error=error)
        return result

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)

    def _tell(self, *, away: bool, error: str) -> None:
        if away and not self._away:
            _log.warning(
                "The collector takes no traces; they are lost until it does, and nothing else suffers. "
                "Check OTEL_EXPORTER_OTLP_ENDPOINT",
                error=error,
            )
        elif self._away and not away:
            _log.info("The collector takes traces again")
        self._away = away
