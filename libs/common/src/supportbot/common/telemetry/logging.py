"""Structured logs: one JSON object a line, to standard error and, where `LOGS_PATH` is set, to rotated files."""

import logging
import logging.handlers
import re
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog
from opentelemetry import trace
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

ROTATE_BYTES = 20 * 1024 * 1024
ROTATE_KEEP = 5
_SECRETS = re.compile(r"(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,}|\bsk-[A-Za-z0-9_-]{16,}|(?<=://)[^\s/@:]*:[^\s/@]+(?=@)")


def hide_secrets(text: str) -> str:
    """A text without bot tokens, API keys and passwords in URLs."""
    return _SECRETS.sub("***", text)


def set_up_logging(service: str, *, level: str = "INFO", folder: Path | None = None, pretty: bool = False) -> None:
    """Make every log line of this process, libraries' included, one JSON object; with `pretty`, a readable line."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
        _hide_secrets_everywhere,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    to_json = structlog.processors.JSONRenderer(ensure_ascii=False)
    console = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if pretty else to_json
    root = logging.getLogger()
    root.handlers = [_handler(logging.StreamHandler(sys.stderr), console, shared, service)]
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        root.handlers.append(_file_handler(folder / "app.log", logging.NOTSET, to_json, shared, service))
        root.handlers.append(_file_handler(folder / "error.log", logging.ERROR, to_json, shared, service))
    root.setLevel(level)
    set_on_retry_hooks([_tell_retry])
    for noisy in (
        "aiosqlite",
        "watchfiles",
        "httpx",
        "httpx2",
        "httpcore",
        "openai",
        "aiogram.event",
        "uvicorn",
        "alembic",
    ):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def open_files_anew() -> None:
    """Let go of the log files, which somebody may have moved away; the next line opens each by its name again."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.handlers.RotatingFileHandler):
            handler.close()


def quiet(*names: str) -> None:
    """Let libraries say nothing that is not critical: what they would say over and over, we say once."""
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; its first argument is a fixed sentence, everything that varies is a keyword."""
    bound: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return bound


def _tell_retry(details: RetryDetails) -> None:
    """In place of stamina's own line: whoever retries says in its own words what is the matter, and says it once."""
    cause = str(details.caused_by) or type(details.caused_by).__name__
    logger(__name__).debug(
        "A step is tried again", cause=cause, retry=details.retry_num, in_s=round(details.wait_for, 2)
    )


def _file_handler(
    path: Path, level: int, renderer: structlog.typing.Processor, shared: list[structlog.typing.Processor], service: str
) -> logging.Handler:
    handler = logging.handlers.RotatingFileHandler(
        path, maxBytes=ROTATE_BYTES, backupCount=ROTATE_KEEP, encoding="utf-8"
    )
    handler.setLevel(level)
    return _handler(handler, renderer, shared, service)


def _handler(
    handler: logging.Handler,
    renderer: structlog.typing.Processor,
    shared: list[structlog.typing.Processor],
    service: str,
) -> logging.Handler:
    def add_service(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        return event

    drop_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[drop_meta, add_service, renderer])
    )
    return handler


def _add_trace(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = format(context.trace_id, "032x")
        event["span_id"] = format(context.span_id, "016x")
    return event


def _hide_secrets_everywhere(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        event[key] = _hide_in(value)
    return event


def _hide_in(value: Any) -> Any:
    if isinstance(value, str):
        return hide_secrets(value)
    if isinstance(value, dict):
        return {key: _hide_in(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_hide_in(inner) for inner in value]
    return value
