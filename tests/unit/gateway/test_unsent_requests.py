"""Requests that certainly never went out are tried again; of all others nobody knows."""

import pytest
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import GetMe
from aiohttp import (
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientOSError,
    ConnectionTimeoutError,
    ServerDisconnectedError,
    SocketTimeoutError,
)
from aiohttp.client_reqrep import ConnectionKey

from supportbot.gateway.adapters.telegram_errors import outcome_of
from supportbot.gateway.domain.delivery import NotSent, Uncertain

TELEGRAM = ConnectionKey(
    "api.telegram.org", 443, is_ssl=True, ssl=True, proxy=None, proxy_auth=None, proxy_headers_hash=None
)


def caused_by(cause: Exception) -> TelegramNetworkError:
    """As aiogram raises it."""
    error = TelegramNetworkError(GetMe(), type(cause).__name__)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "cause",
    [
        ClientConnectorError(TELEGRAM, ConnectionRefusedError()),
        ClientConnectorDNSError(TELEGRAM, OSError(-3, "Temporary failure in name resolution")),
        ConnectionTimeoutError(),
    ],
)
async def test_without_a_connection_nothing_was_sent(cause: Exception) -> None:
    assert isinstance(outcome_of(caused_by(cause)), NotSent)


@pytest.mark.parametrize(
    "cause", [ServerDisconnectedError(), ClientOSError(104, "reset"), SocketTimeoutError(), TimeoutError()]
)
async def test_after_a_connection_came_about_nobody_knows(cause: Exception) -> None:
    assert isinstance(outcome_of(caused_by(cause)), Uncertain)
