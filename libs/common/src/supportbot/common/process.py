"""The process around the services: one HTTP server, signals, and an orderly end."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from supportbot.common.errors import SupportbotError
from supportbot.common.web.http_protocol import BoundedHttpProtocol

_HTTP_GRACE_S = 3
_BACKLOG = 512


class PortTakenError(SupportbotError):
    """Somebody else listens where we are to listen."""

    def __init__(self, host: str, port: int, cause: str) -> None:
        super().__init__(
            f"WEB_PORT: cannot listen on {host}:{port} ({cause}). "
            f"Stop what uses it, or choose another port, for example WEB_PORT={port + 1 if port else 5000}"
        )


def listen(host: str, port: int) -> socket.socket:
    """A bound socket, before anything expensive is done; raises PortTakenError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, as asyncio switches off Nagle's algorithm (40 ms a reply) only on such sockets.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        raise PortTakenError(host, port, error.strerror or str(error)) from error
    bound.setblocking(False)
    return bound


class HttpServer(uvicorn.Server):
    """uvicorn without its own signal handling: the process decides when it ends, and in what order."""

    def __init__(self, application: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                http=BoundedHttpProtocol,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                # Only a proxy that an operator named may speak for somebody else; none is named here.
                proxy_headers=False,
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
