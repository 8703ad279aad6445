"""An index whose successor is watched while it is built: what happens at which moment, the test says."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.access import Access
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.port import Advance, KnowledgeIndex, Successor

At = Callable[[str, KnowledgeIndex], Awaitable[None]]
WRITTEN, WHOLE, TAKEN = "written", "whole", "taken"
MOMENTS = (WRITTEN, WHOLE, TAKEN)
"""After each document, before it takes over, and after that."""


class WatchedIndex:
    """As the index inside; `at` hears of the moments, with what is built."""

    def __init__(self, inner: KnowledgeIndex, at: At) -> None:
        self._inner = inner
        self._at = at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    @asynccontextmanager
    async def beside(self) -> AsyncIterator[Successor]:
        async with self._inner.beside() as successor:

            async def take_over() -> None:
                await self._at(WHOLE, successor.index)
                await successor.take_over()
                await self._at(TAKEN, successor.index)

            yield Successor(cast(KnowledgeIndex, _Built(successor.index, self._at)), take_over)


class _Built:
    def __init__(self, inner: KnowledgeIndex, at: At) -> None:
        self._inner = inner
        self._at = at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def replace(
        self,
        document: DocumentId,
        version: str,
        passages: Sequence[Passage],
        advance: Advance | None = None,
        access: Access | None = None,
    ) -> None:
        await self._inner.replace(document, version, passages, advance, access)
        await self._at(WRITTEN, self._inner)
