"""Give every passage a vector of what it means, beside whatever is searched meanwhile."""

import random
from collections.abc import Sequence
from typing import Final

from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.knowledge.senses import SenseSpace, Vector
from supportbot.common.knowledge.vectors import passage_text
from supportbot.common.models.errors import ModelRequestError
from supportbot.common.telemetry.logging import logger
from supportbot.indexer.model_ports import OtherLengthError, PassageEmbedder

BATCH: Final = 64
_log = logger(__name__)


class EmbedPassages:
    """Documents are searched by words at once and by sense when this was there; it looks only at what has changed.

    The vectors of another model, or of another length, are made beside those that are searched, and take their place
    when no passage lacks one. Several processes may do this at a time: each goes its own way through the documents, and
    looks what is missing just before it asks.
    """

    def __init__(self, index: KnowledgeIndex, embedder: PassageEmbedder) -> None:
        self._index = index
        self._embedder = embedder
        self._space: SenseSpace | None = None
        self._done: dict[DocumentId, str] = {}
        self._whole = False

    def look_again(self) -> None:
        """Take nothing for granted at the next call, for what was lost or written by others unheard."""
        self._space, self._whole = None, False
        self._done.clear()

    async def __call__(self) -> int:
        """Returns how many passages got a vector. What was done stays done where it fails in between.

        Raises:
            ModelError: no vectors can be had now.
            KnowledgeIndexUnavailableError: the index is away.
        """
        versions = await self._index.versions()
        if not versions and self._space is None:
            return 0
        space = await self._space_now()
        try:
            embedded = await self._embed_all(versions, space)
        except OtherLengthError as error:
            _log.warning("The embedding model makes vectors of another length now; all are made again beside")
            self.look_again()
            self._space = error.space
            embedded = await self._embed_all(versions, error.space)
        if embedded:
            _log.info("Passages embedded", passages=embedded, model=space.model)
        return embedded

    async def _space_now(self) -> SenseSpace:
        searched = await self._index.sense_space()
        if self._whole and searched is None:
            self.look_again()  # the index was lost and is being filled again
        if self._space is None:
            self._space = searched if searched and self._embedder.makes(searched) else await self._embedder.space()
        return self._space

    async def _embed_all(self, versions: dict[DocumentId, str], space: SenseSpace) -> int:
        changed = [document for document, version in versions.items() if self._done.get(document) != version]
        gone = [document for document in self._done if document not in versions]
        random.shuffle(changed)
        embedded, waiting, looked_at = 0, list[Passage](), list[DocumentId]()
        for document in [*changed, *gone]:
            waiting += await self._index.without_sense(document, space)
            looked_at.append(document)
            whole = len(waiting) - len(waiting) % BATCH
            embedded += await self._embed(waiting[:whole], space)
            waiting = waiting[whole:]
            unfinished = {one.document for one in waiting}
            self._done |= {one: versions.get(one, "") for one in looked_at if one not in unfinished}
            looked_at = [one for one in looked_at if one in unfinished]
        embedded += await self._embed(waiting, space)
        self._done |= {one: versions.get(one, "") for one in looked_at}
        for document in gone:
            del self._done[document]
        if not self._whole:
            await self._index.use_space(space)
            await self._embedder.forget_others(space)
            self._whole = True
        return embedded

    async def _embed(self, passages: Sequence[Passage], space: SenseSpace) -> int:
        """In batches, whatever documents they are of: most documents have few passages."""
        for start in range(0, len(passages), BATCH):
            batch = passages[start : start + BATCH]
            vectors = await self._vectors(batch, space)
            for document in {one.document for one in batch if one.chunk_id in vectors}:
                mine = [one.chunk_id for one in batch if one.document == document and one.chunk_id in vectors]
                await self._index.add_senses(document, space, {chunk: vectors[chunk] for chunk in mine})
        return len(passages)

    async def _vectors(self, passages: Sequence[Passage], space: SenseSpace) -> dict[ChunkId, Vector]:
        """Without those that the model does not take, such as one that is too long for it: words find them."""
        try:
            vectors = await self._embedder.embed([passage_text(one) for one in passages], space)
        except ModelRequestError as error:
            if len(passages) == 1:
                refused = passages[0]
                _log.warning("A passage cannot be embedded", document=refused.document, error=str(error))
                return {}
            half = len(passages) // 2
            first = await self._vectors(passages[:half], space)
            return first | await self._vectors(passages[half:], space)
        return {one.chunk_id: vector for one, vector in zip(passages, vectors, strict=True)}
