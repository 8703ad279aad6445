"""Waking the open pages of this process when something about their conversation has changed."""

import asyncio
from collections import defaultdict
from collections.abc import Hashable


class Doorbell:
    """Pages wait; events ring. What changed is read from the database, so a ring may be lost or repeated."""

    def __init__(self) -> None:
        self._waiting: defaultdict[Hashable, set[asyncio.Event]] = defaultdict(set)
        self._closed = False

    @property
    def closed(self) -> bool:
        """True once the process stops: streams end."""
        return self._closed

    def ring(self, topic: Hashable) -> None:
        """Wake everyone who waits for the topic."""
        for event in self._waiting.get(topic, ()):
            event.set()

    def close(self) -> None:
        """Wake everyone, for the last time."""
        self._closed = True
        for events in self._waiting.values():
            for event in events:
                event.set()

    def listen(self, topic: Hashable) -> "Listener":
        """Begin to notice rings for the topic."""
        return Listener(self, topic)

    def _add(self, topic: Hashable, event: asyncio.Event) -> None:
        self._waiting[topic].add(event)
        if self._closed:
            event.set()

    def _remove(self, topic: Hashable, event: asyncio.Event) -> None:
        events = self._waiting[topic]
        events.discard(event)
        if not events:
            del self._waiting[topic]


class Listener:
    """One page's ear at the door: notices rings between its waits too."""

    def __init__(self, bell: Doorbell, topic: Hashable) -> None:
        self._bell = bell
        self._topic = topic
        self._event = asyncio.Event()

    def __enter__(self) -> "Listener":
        self._bell._add(self._topic, self._event)  # noqa: SLF001  # the two classes are one thing
        return self

    def __exit__(self, *_exc: object) -> None:
        self._bell._remove(self._topic, self._event)  # noqa: SLF001

    async def wait(self, seconds: float) -> None:
        """Return at the next ring, at a ring since the last wait, or after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        self._event.clear()
