"""What speaks for and against an answer."""

import pytest

from supportbot.answerer.domain.answer import Question
from supportbot.answerer.domain.confidence import probability, right_above
from supportbot.answerer.domain.evidence import Evidence, weigh_evidence
from supportbot.answerer.domain.query import read_question
from supportbot.answerer.use_cases.retrieve_passages import retrieve_passages
from tests.fakes.knowledge_index import FakeKnowledgeIndex
from tests.unit.answerer.passages import index_of

TEXTS = {
    "cancel.md": ("Cancelling an order", "You can cancel an order in My orders until it is sent. The refund is free."),
    "delivery.md": ("Delivery", "The courier brings an order within 3 days. Delivery to Kazan costs 390 roubles."),
    "warranty.md": ("Warranty", "The warranty on lamps is two years and begins on the day of delivery."),
    "stores.md": ("Our stores", "The store in Kazan is open every day from 10:00 to 21:00."),
}


@pytest.fixture
async def index() -> FakeKnowledgeIndex:
    return await index_of(TEXTS)


async def evidence(index: FakeKnowledgeIndex, text: str) -> Evidence:
    query = read_question(Question(text))
    found = weigh_evidence(query, await retrieve_passages(query, index))
    assert found is not None
    return found


async def test_a_bare_word_is_no_question_however_well_it_is_found(index: FakeKnowledgeIndex) -> None:
    bare, asked = await evidence(index, "order"), await evidence(index, "Can I cancel an order before it is sent?")
    assert (bare.bare, asked.bare) == (1, 0)
    assert probability(bare) < 0.5 < probability(asked)


async def test_a_word_with_a_question_word_is_a_question(index: FakeKnowledgeIndex) -> None:
    assert [(await evidence(index, asked)).bare for asked in ("how to cancel", "cancel", "cancel it")] == [0, 1, 1]


async def test_a_question_that_points_at_what_was_never_said_is_bare(index: FakeKnowledgeIndex) -> None:
    assert (await evidence(index, "And is it in Kazan?")).bare == 1
    assert (await evidence(index, "Is the store in Kazan?")).bare == 0


async def test_a_name_that_the_passage_lacks_counts_against_it(index: FakeKnowledgeIndex) -> None:
    assert (await evidence(index, "Is there a store in Kazan?")).names_missing == 0
    assert (await evidence(index, "Is there a store in Kazan or in Vladivostok?")).names_missing == 0.5


async def test_a_word_that_nothing_in_the_index_says_counts_against_it(index: FakeKnowledgeIndex) -> None:
    known, lacking = await evidence(index, "What does delivery cost?"), await evidence(index, "What does a pizza cost?")
    assert known.unknown == 0 < lacking.unknown
    assert probability(known) > probability(lacking)


async def test_a_lead_counts_for_little_where_the_leader_says_little(index: FakeKnowledgeIndex) -> None:
    assert (await evidence(index, "roubles and bicycles and horses and boats and planes")).lead < 0.5


async def test_a_heading_that_stands_for_two_words_of_the_question_is_half_of_it() -> None:
    prices = await index_of({"prices.md": ("Prices", "A cut is 900 roubles, a shave is 700 roubles.")})
    found = await retrieve_passages(read_question(Question("how much is a cut")), prices)
    match = found.ranked[0].match
    assert match is not None
    assert 0 < match.likeness < 0.6


async def test_a_passage_that_says_more_of_the_question_than_any_other_leads(index: FakeKnowledgeIndex) -> None:
    ahead = await evidence(index, "How long is the warranty on lamps?")
    level = await evidence(index, "store courier order")
    assert ahead.coverage_lead > level.coverage_lead
    assert ahead.field_lead > level.field_lead


async def test_the_surer_the_more_are_right() -> None:
    assert right_above(0.0) is None
    shares = [share for at in (0.5, 0.7, 0.95, 1.0) if (share := right_above(at))]
    assert len(shares) == 4
    assert shares == sorted(shares)
    assert 0.5 < shares[0] < shares[1] < shares[2] <= 1


async def test_what_the_title_leaves_open_must_be_said_too(index: FakeKnowledgeIndex) -> None:
    said = await evidence(index, "How do I cancel an order that is not sent?")
    silent = await evidence(index, "How do I cancel an order of a helicopter?")
    assert said.beyond_title > silent.beyond_title
    assert probability(said) > probability(silent)


async def test_a_heading_that_is_the_question_is_noted(index: FakeKnowledgeIndex) -> None:
    assert (await evidence(index, "our stores")).likeness == 1


async def test_words_that_stand_for_those_of_the_question_are_counted_apart(index: FakeKnowledgeIndex) -> None:
    assert (await evidence(index, "How long is the guarantee on lamps?")).related > 0
    assert (await evidence(index, "How long is the warranty on lamps?")).related == 0


async def test_a_number_that_the_passage_lacks_counts_against_it(index: FakeKnowledgeIndex) -> None:
    assert (await evidence(index, "Is delivery to Kazan 390 roubles?")).numbers_missing == 0
    assert (await evidence(index, "Is delivery to Kazan 570 roubles?")).numbers_missing == 1


async def test_without_a_passage_there_is_neither_evidence_nor_confidence() -> None:
    query = read_question(Question("Where is my order?"))
    found = weigh_evidence(query, await retrieve_passages(query, FakeKnowledgeIndex()))
    assert found is None
    assert probability(found) == 0
