"""Waking the open pages of this process when something about their conversation has changed."""

import asyncio
from collections import defaultdict
from collections.abc import Hashable
from typing import Self


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

    def listen(self, *topics: Hashable) -> "Listener":
        """Begin to notice rings for these topics."""
        listener = Listener(self)
        for topic in topics:
            listener.add(topic)
        return listener

    def enter(self, topic: Hashable, event: asyncio.Event) -> None:
        """Count one who waits."""
        self._waiting[topic].add(event)
        if self._closed:
            event.set()

    def leave(self, topic: Hashable, event: asyncio.Event) -> None:
        """Forget one who waited."""
        events = self._waiting[topic]
        events.discard(event)
        if not events:
            del self._waiting[topic]


class Listener:
    """One page's ear at the door: it notices rings between its waits too."""

    def __init__(self, bell: Doorbell) -> None:
        self._bell = bell
        self._topics: set[Hashable] = set()
        self._event = asyncio.Event()

    def add(self, topic: Hashable) -> None:
        """Notice rings for this topic as well."""
        if topic not in self._topics:
            self._topics.add(topic)
            self._bell.enter(topic, self._event)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        for topic in self._topics:
            self._bell.leave(topic, self._event)
        self._topics.clear()

    async def wait(self, seconds: float | None = None) -> None:
        """Return at the next ring, at one since the last wait, or after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        self._event.clear()
