"""Pay for the vectors of a document's new version before it takes the place of the one that serves."""

from collections.abc import Sequence
from typing import Final

from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.port import Advance, KnowledgeIndex
from supportbot.common.knowledge.vectors import passage_text
from supportbot.common.models.errors import ModelError
from supportbot.common.telemetry.outage import Outage
from supportbot.indexer.model_ports import OtherLengthError, PassageEmbedder

BATCH: Final = 64


class EmbedAhead:
    """So that a replaced document is found by sense from its first moment: what is paid for is only copied then.

    Where vectors cannot be had the document is searched by words meanwhile, as it is where none are wanted. The same
    goes for documents that are new: nothing is lost while they are found by words alone.
    """

    def __init__(self, index: KnowledgeIndex) -> None:
        self._index = index
        self._outage = Outage("New versions are searched by words alone at first", "New versions are embedded again")
        self.embedder: PassageEmbedder | None = None
        """Opened when the service starts; without one there is nothing to do."""

    @property
    def wanted(self) -> bool:
        """Whether there is a model that makes vectors."""
        return self.embedder is not None

    async def __call__(self, passages: Sequence[Passage], advance: Advance) -> None:
        """Goes on where an earlier attempt was interrupted, as each batch that was paid for is kept."""
        embedder = self.embedder
        space = await self._index.sense_space() if embedder else None
        if embedder is None or space is None or not embedder.makes(space):
            return
        texts = [passage_text(passage) for passage in passages]
        try:
            for start in range(0, len(texts), BATCH):
                await embedder.embed(texts[start : start + BATCH], space)
                advance(min(start + BATCH, len(texts)), len(texts))
        except (ModelError, OtherLengthError) as error:
            self._outage.met(error)
        else:
            self._outage.over()
