"""Places in the talk between a program and its server at which a link stops, so that a test can strike there."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Literal

from tests.servers.link import Connection, Link, Tap, Toward

Moment = Literal["before", "after"]
Listener = Callable[[Connection, bytes], bool]
"""Hears what a connection's client says, piece by piece; true where the piece is the one that is waited for."""
REACHED_WITHIN_S = 30.0


class Stop(Tap):
    """Stops the first connection that says something: before it is passed on, or before the answer to it is."""

    def __init__(self, link: Link, listener: Listener, moment: Moment) -> None:
        self._link = link
        self._hears = listener
        self._moment = moment
        self._stopped: Connection | None = None
        self._reached = asyncio.Event()
        self._let_go = asyncio.Event()
        link.taps.append(self)

    async def reached(self, within_s: float = REACHED_WITHIN_S) -> None:
        """Return when a connection stands there; from then on it waits."""
        async with asyncio.timeout(within_s):
            await self._reached.wait()

    def let_go(self) -> None:
        """Let the connection go on as if nothing had been."""
        if self in self._link.taps:
            self._link.taps.remove(self)
        self._let_go.set()

    def cut(self) -> None:
        """End the connection where it stands: what it was about to pass on is lost."""
        assert self._stopped is not None, "nothing has stopped there yet"
        self._stopped.cut()
        self.let_go()

    async def pass_on(self, connection: Connection, toward: Toward, data: bytes) -> bytes:
        """See Tap."""
        if self._stopped is None and toward == "server" and self._hears(connection, data):
            self._stopped = connection
            if self._moment == "before":
                await self._wait()
        elif self._stopped is connection and toward == "client" and self._moment == "after":
            await self._wait()
        return data

    async def _wait(self) -> None:
        self._reached.set()
        await self._let_go.wait()


async def first_of(stops: Mapping[str, Stop], within_s: float = REACHED_WITHIN_S) -> str:
    """The name of the stop that is reached first; the others are given up."""
    waiting = {asyncio.create_task(stop.reached(within_s)): name for name, stop in stops.items()}
    done, late = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in late:
        task.cancel()
        stops[waiting[task]].let_go()
    await asyncio.gather(*late, return_exceptions=True)
    task = done.pop()
    task.result()
    return waiting[task]


def stop_at(link: Link, words: bytes, moment: Moment) -> Stop:
    """Stop at the first piece with these words in it, say the path of a request."""
    return Stop(link, lambda _, data: words in data, moment)
