"""Which passages get vectors, when, and what is searched meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.senses import SenseSpace, Vector
from supportbot.common.models.errors import ModelOutageError, ModelRequestError
from supportbot.indexer.domain.chunking import chunk_document
from supportbot.indexer.model_ports import OtherLengthError
from supportbot.indexer.use_cases.embed_passages import BATCH, EmbedPassages
from tests.fakes.knowledge_index import FakeKnowledgeIndex

A, B = DocumentId("a.md"), DocumentId("b.md")


@dataclass
class PreparedEmbedder:
    """PassageEmbedder whose vectors have this length; texts with a word of `refused` are not taken."""

    model: str = "small"
    length: int = 3
    refused: str = "unheard-of"
    away: bool = False
    asked: list[list[str]] = field(default_factory=list)
    forgot: list[SenseSpace] = field(default_factory=list)

    def makes(self, space: SenseSpace) -> bool:
        return space.model == self.model

    async def space(self) -> SenseSpace:
        return SenseSpace(self.model, self.length)

    async def embed(self, texts: Sequence[str], space: SenseSpace) -> list[Vector]:
        if self.away:
            raise ModelOutageError("away", cause="failing")
        self.asked.append(list(texts))
        if any(self.refused in text for text in texts):
            raise ModelRequestError("too long", cause="rejected")
        if space.dimensions != self.length:
            raise OtherLengthError(SenseSpace(self.model, self.length))
        return [(1.0, *[0.0] * (self.length - 1))] * len(texts)

    async def forget_others(self, space: SenseSpace) -> None:
        self.forgot.append(space)


async def put(index: FakeKnowledgeIndex, document: DocumentId, version: str, *texts: str) -> None:
    passages = [one for text in texts for one in chunk_document(document, text, text)]
    await index.replace(document, version, passages)


async def test_only_what_has_changed_is_looked_at_again() -> None:
    index, embedder = FakeKnowledgeIndex(), PreparedEmbedder()
    embed = EmbedPassages(index, embedder)
    assert await embed() == 0
    assert await index.sense_space() is None, "nothing to search"
    await put(index, A, "1", "one", "two")
    await put(index, B, "1", "three")
    assert await embed() == 3
    assert await index.sense_space() == SenseSpace("small", 3)
    await put(index, A, "2", "one", "four")
    assert await embed() == 1
    assert len(embedder.asked) == 2
    await index.remove(A)
    assert await embed() == 0
    await put(index, A, "2", "one", "four")
    assert await embed() == 2


async def test_small_documents_share_requests() -> None:
    index, embedder = FakeKnowledgeIndex(), PreparedEmbedder()
    for number in range(BATCH + 6):
        await put(index, DocumentId(f"{number}.md"), "1", f"one {number}", f"two {number}", f"three {number}")
    assert await EmbedPassages(index, embedder)() == 3 * BATCH + 18
    assert [len(batch) for batch in embedder.asked] == [BATCH, BATCH, BATCH, 18]
    vectors = [await index.without_sense(DocumentId(f"{n}.md"), SenseSpace("small", 3)) for n in range(BATCH + 6)]
    assert not any(vectors)


async def test_large_documents_are_embedded_in_batches() -> None:
    index, embedder = FakeKnowledgeIndex(), PreparedEmbedder()
    await put(index, A, "1", *(f"number {n}" for n in range(BATCH + 1)))
    assert await EmbedPassages(index, embedder)() == BATCH + 1
    assert [len(batch) for batch in embedder.asked] == [BATCH, 1]


async def test_what_was_embedded_before_an_outage_stays() -> None:
    index, embedder = FakeKnowledgeIndex(), PreparedEmbedder()
    embed = EmbedPassages(index, embedder)
    await put(index, A, "1", "one")
    await embed()
    await put(index, B, "1", "two")
    embedder.away = True
    with pytest.raises(ModelOutageError):
        await embed()
    assert await index.sense_space() == SenseSpace("small", 3), "what has vectors is searched by them"
    embedder.away = False
    assert await embed() == 1


async def test_another_model_takes_over_when_no_passage_lacks_a_vector() -> None:
    index = FakeKnowledgeIndex()
    await put(index, A, "1", "one")
    await EmbedPassages(index, PreparedEmbedder())()
    other = PreparedEmbedder("large", 4, away=True)
    embed = EmbedPassages(index, other)
    with pytest.raises(ModelOutageError):
        await embed()
    assert await index.sense_space() == SenseSpace("small", 3)
    other.away = False
    await embed()
    assert await index.sense_space() == SenseSpace("large", 4)
    assert other.forgot == [SenseSpace("large", 4)]


async def test_a_model_that_changes_its_length_gets_a_new_space() -> None:
    index, embedder = FakeKnowledgeIndex(), PreparedEmbedder()
    embed = EmbedPassages(index, embedder)
    await put(index, A, "1", "one")
    await embed()
    embedder.length = 5
    assert await embed() == 0
    await put(index, B, "1", "two")
    assert await embed() == 2
    assert await index.sense_space() == SenseSpace("small", 5)


async def test_a_passage_that_the_model_does_not_take_holds_up_no_other() -> None:
    index, embedder = FakeKnowledgeIndex(), PreparedEmbedder(refused="monstrous")
    await put(index, A, "1", "one", "two", "monstrous", "four", "five")
    embed = EmbedPassages(index, embedder)
    await embed()
    assert await index.sense_space() == SenseSpace("small", 3)
    lacking = await index.without_sense(A, SenseSpace("small", 3))
    assert [one.text for one in lacking] == ["monstrous"]
    asked = len(embedder.asked)
    await embed()
    assert len(embedder.asked) == asked, "it is not asked about again and again"


async def test_an_index_that_was_lost_is_embedded_again() -> None:
    lost, embedder = FakeKnowledgeIndex(), PreparedEmbedder()
    index = FakeKnowledgeIndex()
    await put(index, A, "1", "one")
    embed = EmbedPassages(index, embedder)
    await embed()
    index.__dict__.update(lost.__dict__)
    await put(index, A, "1", "one")
    assert await embed() == 1
    assert await index.sense_space() == SenseSpace("small", 3)
