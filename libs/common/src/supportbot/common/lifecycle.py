"""How services live: they start in order, keep their loops running, and stop within a limit."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from fastapi import APIRouter

from supportbot.common.telemetry.logging import logger

GRACE_S = 30.0
_RESTART_AFTER_S = 1.0
_log = logger(__name__)
Check = Callable[[], Awaitable[str | None]]
"""A readiness check: None when all is well, else what is wrong in one sentence."""


class Service(Protocol):
    """A part of the product that can run by itself or beside others in one process."""

    @property
    def name(self) -> str:
        """Its name in logs and health answers."""
        ...

    @property
    def routers(self) -> Sequence[APIRouter]:
        """Its HTTP routes."""
        ...

    @property
    def checks(self) -> Mapping[str, Check]:
        """What has to be well for it to be ready."""
        ...

    async def start(self) -> None:
        """Begin to work; returns when it is ready to."""
        ...

    async def stop(self) -> None:
        """Finish what was begun, within `GRACE_S`, and take nothing new."""
        ...


class Loops:
    """Background loops of a service. One that fails is logged and started again: a service must not lose a limb."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Keep `loop` running until `stop`."""
        self._tasks.append(asyncio.create_task(_keep_running(name, loop), name=name))

    async def stop(self) -> None:
        """Cancel all loops and wait until they are gone."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()


async def _keep_running(name: str, loop: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await loop()
        except Exception:
            _log.exception("A loop failed and is started again", loop=name)
        await asyncio.sleep(_RESTART_AFTER_S)


async def start_all(services: Sequence[Service]) -> None:
    """Start services one after the other; where one fails, those before it are stopped again."""
    started: list[Service] = []
    try:
        for service in services:
            await service.start()
            started.append(service)
            _log.info("Service started", part=service.name)
    except BaseException:
        await stop_all(started)
        raise


async def stop_all(services: Sequence[Service], *, within_s: float = GRACE_S) -> None:
    """Stop services, last one first, each `within_s`; an error in one does not keep the others from stopping."""
    for service in reversed(services):
        try:
            async with asyncio.timeout(within_s):
                await service.stop()
        except Exception:
            _log.exception("Service did not stop cleanly", part=service.name)
