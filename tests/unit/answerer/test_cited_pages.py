"""What is cited says on which page it stands, from the index on."""

from uuid import uuid4

from supportbot.answerer.domain.answer import Citation
from supportbot.answerer.domain.model_replies import ComposedAnswer, ComposedSentence
from supportbot.answerer.domain.written import cited
from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.stored import passage_payload, read_passage

PASSAGE = Passage(ChunkId(uuid4()), DocumentId("m.pdf"), "Manual", ("Courier",), "It takes two days.", 0, "en", page=12)


def test_a_passage_keeps_its_page_where_it_is_stored() -> None:
    assert read_passage(PASSAGE.chunk_id, passage_payload(PASSAGE)) == PASSAGE
    without = {name: value for name, value in passage_payload(PASSAGE).items() if name != "page"}
    assert read_passage(PASSAGE.chunk_id, without).page == 0


def test_a_citation_has_the_page_of_its_passage() -> None:
    written = ComposedAnswer(answerable=True, complete=True, sentences=(ComposedSentence("It takes two days.", (1,)),))
    assert [citation.page for citation in cited(written, [PASSAGE])] == [12]
    assert Citation.of(PASSAGE, "two days").page == 12
