"""Passages for tests."""

from collections.abc import Mapping

from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.chunk_ids import chunk_id_for
from supportbot.common.knowledge.languages import detect_language
from supportbot.common.knowledge.passages import Passage
from tests.fakes.knowledge_index import FakeKnowledgeIndex


def passage(
    text: str, *, document: str = "returns.md", title: str = "Returns", headings: tuple[str, ...] = (), source: str = ""
) -> Passage:
    """A passage with an id from its content and a language from its letters."""
    return Passage(
        chunk_id=chunk_id_for(DocumentId(document), text),
        document=DocumentId(document),
        title=title,
        headings=headings,
        text=text,
        position=0,
        language=detect_language(text),
        source=source,
    )


async def index_of(texts: Mapping[str, tuple[str, str]]) -> FakeKnowledgeIndex:
    """An index of documents with one passage each; `texts` gives a document's title and text."""
    index = FakeKnowledgeIndex()
    for document, (title, text) in texts.items():
        await index.replace(DocumentId(document), "1", [passage(text, document=document, title=title)])
    return index
