"""Which sentences make an answer."""

from hypothesis import given, settings
from hypothesis import strategies as st

from supportbot.answerer.domain.answer import Question
from supportbot.answerer.domain.answer_kind import kind_asked
from supportbot.answerer.domain.composing import Composed, compose
from supportbot.answerer.domain.extraction import SENTENCES, WORDS, extract
from supportbot.answerer.domain.matching import Terms
from supportbot.answerer.domain.query import gram_weights, read_question, stem_weights
from supportbot.answerer.domain.ranking import rank
from supportbot.common.knowledge.passages import Candidate, Passage
from supportbot.common.knowledge.tokens import stem, words
from tests.unit.answerer.passages import passage


def answer(question: str, *passages: Passage) -> Composed:
    """What is quoted from these passages, the first one being the best."""
    query = read_question(Question(question))
    terms = Terms(
        _shares(stem_weights(query, {})),
        _shares(gram_weights(query, {})),
        frozenset(map(stem, words(question))),
        kind=kind_asked(question),
    )
    candidates = [Candidate(one, {"stems": 1 / place, "grams": 1 / place}) for place, one in enumerate(passages, 1)]
    return compose(extract(rank(candidates, {"stems": 1.0, "grams": 1.0}, terms)))


def _shares(weights: dict[str, float]) -> dict[str, float]:
    return {term: weight / sum(weights.values()) for term, weight in weights.items()}


def test_the_sentence_that_answers_is_quoted_whole() -> None:
    text = "We like lamps. Refunds arrive within 7 days of the parcel reaching us. The sky is blue."
    found = answer("When do refunds arrive?", passage(text))
    assert "Refunds arrive within 7 days of the parcel reaching us." in found.text
    assert found.citations[0].quote in text


def test_a_sentence_that_leans_back_brings_the_one_before() -> None:
    text = "The gift card is plastic. It expires after twelve months of silence."
    assert answer("after how many months does a card expire", passage(text)).text == text


def test_a_list_comes_whole_with_its_introduction() -> None:
    steps = "1. Press Sign in.\n2. Choose the forgotten password link.\n3. Read the letter."
    text = f"Before.\n\nTo reset a password:\n\n{steps}"
    found = answer("forgotten password link", passage(text))
    assert found.text == f"To reset a password:\n{steps}"


def test_a_list_without_an_introduction_stands_under_its_heading() -> None:
    text = "- by card\n- in cash\n- by invoice of the bank"
    found = answer("can I pay by invoice", passage(text, headings=("Ways to pay",)))
    assert found.text == "Ways to pay:\n• by card\n• in cash\n• by invoice of the bank"


def test_a_list_that_prose_leads_to_says_what_it_is_about() -> None:
    text = "Behind the retail park.\n\n- Saturday 9:00–17:00\n- Sunday closed"
    found = answer("open behind the park on sunday", passage(text, headings=("Hours", "Bath hub")))
    assert found.text.startswith("Bath hub:\n")
    assert found.text.endswith("• Sunday closed")


BRISTOL = "- Saturday 9:00–17:00\n- Sunday 10:00–16:00"
BATH = "- Saturday 9:00–17:00\n- Sunday closed"


def test_what_sections_beside_each_other_say_of_the_same_is_all_said() -> None:
    shops = (passage(BATH, headings=("Hours", "Bath")), passage(BRISTOL, headings=("Hours", "Bristol")))
    found = answer("are you open on sunday", *shops)
    assert "Bath:\n• Saturday 9:00–17:00\n• Sunday closed" in found.text
    assert "Bristol:\n• Saturday 9:00–17:00\n• Sunday 10:00–16:00" in found.text


def test_of_sections_beside_each_other_the_one_that_is_named_is_enough() -> None:
    shops = (passage(BATH, headings=("Hours", "Bath")), passage(BRISTOL, headings=("Hours", "Bristol")))
    assert "Bristol" not in answer("is bath open on sunday", *shops).text


def test_the_row_of_a_table_that_is_asked_about_is_enough() -> None:
    text = "- Item: Blankets; Washing: 30 degrees\n- Item: Curtains; Washing: by hand\n- Item: Pillows; Washing: never"
    found = answer("how are curtains washed", passage(text, headings=("How do I wash textiles?",)))
    assert found.text == "How do I wash textiles?\n• Curtains — Washing: by hand"


PRICES = "\n".join(
    f"- Service: {service}; Price: {price} ₽"
    for service, price in (("Check-up", 500), ("Professional cleaning", 4000), ("Whitening", 9000), ("Filling", 3500))
)


def test_other_rows_do_not_follow_the_one_that_is_asked_about() -> None:
    found = answer("how much does professional cleaning cost", passage(PRICES, headings=("Prices",)))
    assert found.text == "Prices:\n• Professional cleaning — Price: 4000 ₽"


def test_two_rows_that_are_both_asked_about_are_both_said() -> None:
    found = answer("what is the price of a check-up and of whitening", passage(PRICES, headings=("Prices",)))
    assert "Check-up" in found.text
    assert "Whitening" in found.text


REPAIRS = "\n".join(
    f"- Repair: {what}; Price: {price}; Time: two days"
    for what, price in (("Repair of shoes", 900), ("Repair of shoes for children", 700), ("Repair of bags", 800),
                        ("Cleaning of bags", 300), ("Sharpening of knives", 200), ("Copies of keys", 150))
)  # fmt: skip


def test_rows_that_are_asked_about_alike_are_all_said_and_no_others() -> None:
    found = answer("what does a repair of shoes cost", passage(REPAIRS, headings=("Prices",)))
    assert [line.partition(" — ")[0] for line in found.text.splitlines()[1:]] == [
        "• Repair of shoes",
        "• Repair of shoes for children",
    ]


def test_a_row_that_has_all_that_another_has_and_more_is_the_one() -> None:
    found = answer("repair of shoes for children", passage(REPAIRS, headings=("Prices",)))
    assert found.text.count("•") == 1


def test_what_stands_under_another_heading_says_so() -> None:
    text = (
        "## Cancelling\n\nTo cancel a visit call us 12 hours before.\n\n"
        "## If you are late\n\nWe wait. The visit is then moved and not cancelled."
    )
    found = answer("cancel a visit or have it moved", passage(text, title="Visits"))
    assert found.text.startswith("To cancel a visit call us 12 hours before.\nIf you are late:\n")


def test_a_bare_denial_brings_the_way_on_that_follows_it() -> None:
    text = "We like lamps. A sent invoice cannot be edited. Issue a credit note. The sky is blue and wide."
    assert answer("edit a sent invoice", passage(text)).text == "A sent invoice cannot be edited. Issue a credit note."


def test_an_introduction_brings_its_list() -> None:
    text = "You can pay in three ways:\n\n- by card\n- in cash\n- by invoice"
    assert answer("In what ways can I pay?", passage(text)).text.endswith("• by card\n• in cash\n• by invoice")


def test_headings_and_questions_are_no_answers() -> None:
    text = "## Delivery price\n\nWhat is the delivery price? Standard delivery is priced at 300."
    assert answer("delivery price", passage(text, title="")).text == "Standard delivery is priced at 300."


def test_what_stands_under_the_questions_own_heading_is_the_answer() -> None:
    text = "Saint Petersburg and Moscow. Stores close on 1 January."
    found = answer("Where are your stores?", passage(text, headings=("Where are your stores?",)))
    assert found.text.startswith("Saint Petersburg and Moscow.")


def test_a_sentence_with_the_kind_of_thing_that_is_asked_for_is_taken() -> None:
    text = "The refund of an order goes to your own bank. The refund of an order takes 7 days. We like lamps."
    assert "7 days" in answer("When does the refund of my order arrive?", passage(text)).text


def test_a_short_sentence_between_two_that_are_taken_is_taken_too() -> None:
    text = "A lamp warranty covers the lamp bulb. Not the shade. A lamp warranty covers the lamp cable."
    assert answer("what does a lamp warranty cover", passage(text)).text == text


def test_an_answer_ends_where_enough_is_said() -> None:
    long = " ".join(f"Lamp number {number} has a warranty of two years." for number in range(60))
    assert len(answer("lamp warranty", passage(long)).text.split()) <= WORDS


def test_a_passage_far_behind_adds_nothing() -> None:
    found = answer("warranty of lamps", passage("Warranty of lamps: two years."), passage("Lamps burn.", document="b"))
    assert {citation.document for citation in found.citations} == {"returns.md"}


def test_sentences_far_apart_are_cited_apart() -> None:
    text = (
        "Lamp warranty is two years. "
        + "Nothing of interest is said here at all. " * 3
        + "Lamp warranty abroad differs."
    )
    found = answer("lamp warranty", passage(text))
    assert all(citation.quote in text for citation in found.citations)
    assert len(found.citations) == 2


@settings(deadline=None)  # the first example loads stemmers and word lists
@given(st.lists(st.text(alphabet=st.sampled_from("ab Вг.!?\n-|#1:"), max_size=80), min_size=1, max_size=4))
def test_quotes_are_substrings_of_their_passages(texts: list[str]) -> None:
    passages = [passage(text, document=str(place)) for place, text in enumerate(texts)]
    found = answer("ab вг 1", *passages)
    by_id = {one.chunk_id: one.text for one in passages}
    assert all(citation.quote and citation.quote in by_id[citation.chunk_id] for citation in found.citations)
    assert len({citation.chunk_id for citation in found.citations}) <= SENTENCES
