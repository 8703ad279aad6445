"""Sends traces to the collector that the standard `OTEL_*` settings name; without one there is nothing of it."""

import asyncio
import os
import threading
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dotenv import dotenv_values

from supportbot.common.telemetry.logging import logger, quiet

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

    from supportbot.common.telemetry.patient_exporter import PatientExporter

CLOSE_WITHIN_S = 4.0
_REQUEST_S = 3.0
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_TIMEOUTS = ("OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_SPOKEN = "http/protobuf"
_log = logger(__name__)


class Tracing:
    """What is left to do about traces at the end of the process."""

    def __init__(self, provider: "TracerProvider | None" = None, exporter: "PatientExporter | None" = None) -> None:
        self._provider = provider
        self._exporter = exporter

    async def close(self) -> None:
        """Send the spans that still wait. A collector that does not answer keeps nobody for long."""
        if self._provider is None or self._exporter is None:
            return
        self._exporter.closing = True
        # A thread that the interpreter does not wait for, in contrast to those of asyncio.to_thread.
        closing = threading.Thread(target=self._provider.shutdown, name="last spans", daemon=True)
        closing.start()
        try:
            async with asyncio.timeout(CLOSE_WITHIN_S):
                while closing.is_alive():  # noqa: ASYNC110  # a thread tells no event loop of its end
                    await asyncio.sleep(0.01)
        except TimeoutError:
            _log.warning("The last spans could not be sent in time")


def set_up_tracing(service: str) -> Tracing:
    """Send spans from now on, where the settings say where to; without that, cost nothing. To be closed at the end."""
    _take_from_env_file(Path(".env"))
    if not is_wanted(os.environ):
        return Tracing()
    from opentelemetry import trace
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    from supportbot.common.telemetry.patient_exporter import PatientExporter

    quiet("opentelemetry")
    spoken = next((os.environ[name] for name in _PROTOCOLS if os.environ.get(name)), _SPOKEN)
    if spoken != _SPOKEN:
        _log.warning("Traces are sent as http/protobuf; no other OTEL_EXPORTER_OTLP_PROTOCOL is spoken", asked=spoken)
    provider = TracerProvider(resource=Resource.create(_identity(service, os.environ)))
    exporter = PatientExporter(_otlp())
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return Tracing(provider, exporter)


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Whether the standard settings ask for traces."""
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    if environment.get("OTEL_TRACES_EXPORTER", "otlp") not in {"", "otlp"}:
        return False
    return any(environment.get(name) for name in _ENDPOINTS)


def _take_from_env_file(file: Path) -> None:
    """The SDK reads the environment only; ours may stand in `.env` as all settings may. The environment wins."""
    if file.is_file():
        for name, value in dotenv_values(file, interpolate=False).items():
            if name.startswith("OTEL_") and value:
                os.environ.setdefault(name, value)


def _identity(service: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """Who sends; what the standard settings say about that wins."""
    said = environment.get("OTEL_RESOURCE_ATTRIBUTES", "")
    named = environment.get("OTEL_SERVICE_NAME") or "service.name=" in said
    ours = {"service.version": version("supportbot-common"), "service.namespace": "supportbot"}
    return ours if named else {**ours, "service.name": service}


def _otlp() -> "SpanExporter":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    chosen = any(os.environ.get(name) for name in _TIMEOUTS)
    return OTLPSpanExporter(timeout=None if chosen else _REQUEST_S)
