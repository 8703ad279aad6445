"""No test's logging is another's: what a test sets up is taken back, and no logger keeps it."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

_configure = structlog.configure


def _configure_for_now(*args: Any, **kwargs: Any) -> None:
    """As asked for, but for loggers that would hold on to it: `capture_logs` could then not hear them."""
    _configure(*args, **{**kwargs, "cache_logger_on_first_use": False})


structlog.configure = _configure_for_now


@pytest.fixture(autouse=True)
def logging_is_as_before() -> Iterator[None]:
    """Puts back what a test, or a command that it ran, made of logging."""
    was_configured, config = structlog.is_configured(), structlog.get_config()
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)
    root.handlers = handlers
    if was_configured:
        _configure(**config)
    else:
        structlog.reset_defaults()
