"""HTTP clients made quickly: the authorities that httpx and aiogram trust are read once for all of a run's clients."""

import os
import ssl
from functools import cache
from typing import Any

import certifi
import pytest

_create = ssl.create_default_context
_OF_MANY = {certifi.where(), os.environ.get("SSL_CERT_FILE")}


@cache
def _trusting(cafile: str) -> ssl.SSLContext:
    return _create(cafile=cafile)


def _create_once(*args: Any, **options: Any) -> ssl.SSLContext:
    if not args and list(options) == ["cafile"] and options["cafile"] in _OF_MANY:
        return _trusting(options["cafile"])
    return _create(*args, **options)


def pytest_configure(config: pytest.Config) -> None:
    ssl.create_default_context = _create_once
