"""The process around the services: one HTTP server, signals, and an orderly end."""

import asyncio
import contextlib
import errno
import signal
import socket
import sys
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any

import uvicorn
from fastapi import FastAPI

from supportbot.common.errors import SupportbotError
from supportbot.common.web.gone import forgive_who_goes_away
from supportbot.common.web.http_protocol import BoundedHttpProtocol

_HTTP_GRACE_S = 3
_BACKLOG = 512
_LAST_PORT = 65535


class CannotListenError(SupportbotError):
    """The address that was set cannot be listened on."""


class PortTakenError(CannotListenError):
    """Somebody else listens where we are to listen."""


def run_process(work: Coroutine[Any, Any, None]) -> None:
    """Run what the process is for to its end, in uvloop's event loop where the system has it."""
    if sys.platform == "win32":
        asyncio.run(work)
        return
    import uvloop

    uvloop.run(work)


def listen(host: str, port: int) -> socket.socket:
    """A bound socket, before anything expensive is done.

    Raises:
        PortTakenError: somebody else listens there.
        CannotListenError: the host or port cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, as asyncio switches off Nagle's algorithm (40 ms a reply) only on such sockets.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(_BACKLOG)
    except (OSError, UnicodeError) as error:  # the latter from names that cannot be names of hosts
        bound.close()
        raise _reason(host, port, error) from error
    bound.setblocking(False)
    return bound


def _reason(host: str, port: int, error: OSError | UnicodeError) -> CannotListenError:
    """Which of the two settings is wrong, and what to set instead."""
    number = error.errno if isinstance(error, OSError) and not isinstance(error, socket.gaierror) else None
    cause = (error.strerror if isinstance(error, OSError) else "") or str(error)
    where = f"cannot listen on {host}:{port} ({cause})"
    if number == errno.EADDRINUSE:
        other = port + 1 if 0 < port < _LAST_PORT else 5000
        advice = f"Stop what uses it, or choose another port, for example WEB_PORT={other}"
        return PortTakenError(f"WEB_PORT: {where}. {advice}")
    if number in (errno.EACCES, errno.EPERM):
        return CannotListenError(
            f"WEB_PORT: {where}. The system lets only privileged users have this port; choose one from 1024 on, "
            "for example WEB_PORT=5000"
        )
    return CannotListenError(
        f"WEB_HOST: {where}. Set an address of this machine: 127.0.0.1 for itself alone, 0.0.0.0 for every network"
    )


class HttpServer(uvicorn.Server):
    """uvicorn without its own signal handling: the process decides when it ends, and in what order."""

    def __init__(self, application: FastAPI, trusted_proxies: Sequence[str] = ()) -> None:
        forgive_who_goes_away(application)
        super().__init__(
            uvicorn.Config(
                application,
                http=BoundedHttpProtocol,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                # Only a proxy that an operator named may speak for somebody else.
                proxy_headers=bool(trusted_proxies),
                forwarded_allow_ips=list(trusted_proxies),
                timeout_graceful_shutdown=_HTTP_GRACE_S,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `told_to_stop`."""
        yield

    async def run_until_stopped(self, bound: socket.socket) -> None:
        """Serve until `stop` is called."""
        await self.serve(sockets=[bound])

    def stop(self) -> None:
        """Take no more connections; requests in work get a few seconds."""
        self.should_exit = True


def told_to_stop() -> asyncio.Event:
    """Set on SIGTERM or SIGINT from now on. A second signal ends the process at once, as by default."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()

    def tell() -> None:
        told.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, tell)
    return told
