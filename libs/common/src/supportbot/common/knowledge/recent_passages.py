"""The passages that were found last, so that popular ones need not be fetched and decoded for every question."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from supportbot.common.ids import ChunkId
from supportbot.common.knowledge.passages import Passage

MOST: Final = 512
"""1 to 2 MB."""


class RecentPassages:
    """Used by one thread; whoever changes what is stored of a passage says so with `forget`."""

    def __init__(self) -> None:
        """Empty."""
        self._passages: OrderedDict[ChunkId, Passage] = OrderedDict()

    def get(self, chunk: ChunkId) -> Passage | None:
        """A passage that is remembered."""
        found = self._passages.get(chunk)
        if found is not None:
            self._passages.move_to_end(chunk)
        return found

    def keep(self, passage: Passage) -> None:
        """Remember a passage, in place of the one that nobody has wanted for longest."""
        self._passages[passage.chunk_id] = passage
        if len(self._passages) > MOST:
            self._passages.popitem(last=False)

    def forget(self, chunks: Iterable[ChunkId]) -> None:
        """They are changed or deleted."""
        for chunk in chunks:
            self._passages.pop(chunk, None)
