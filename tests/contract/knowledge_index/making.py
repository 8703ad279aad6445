"""Passages and questions for tests of an index."""

from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.access import Audience
from supportbot.common.knowledge.chunk_ids import chunk_id_for
from supportbot.common.knowledge.languages import detect_language
from supportbot.common.knowledge.passages import Candidate, Passage
from supportbot.common.knowledge.port import KnowledgeIndex
from supportbot.common.knowledge.vectors import SPACES, count_terms, encode_question, inverse_frequency, terms


def passages(document: str, *texts: str, title: str = "", source: str = "") -> list[Passage]:
    """A document's passages, one per text."""
    name = DocumentId(document)
    return [
        Passage(
            chunk_id_for(name, text, title=title),
            name,
            title,
            ("About",),
            text,
            place,
            detect_language(text),
            source,
        )
        for place, text in enumerate(texts)
    ]


async def ask(index: KnowledgeIndex, question: str, limit: int = 10, reader: Audience = "public") -> list[Candidate]:
    """What a question finds, in both spaces."""
    size = await index.size()
    vectors = {}
    for space in SPACES:
        counts = count_terms(terms(question, space))
        found = await index.frequencies(space, list(counts))
        vectors[str(space)] = encode_question(counts, {t: inverse_frequency(n, size) for t, n in found.items()})
    return await index.search(vectors, limit, reader=reader)


async def texts(index: KnowledgeIndex, question: str) -> set[str]:
    """The texts of all that a question finds by its words."""
    return {found.passage.text for found in await ask(index, question) if "stems" in found.scores}
