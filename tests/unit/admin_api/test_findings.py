"""What documents say twice, and where their figures differ."""

import pytest

from supportbot.admin_api.documents.figures import statements
from supportbot.admin_api.documents.findings import contradictions, near_duplicates
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.chunk_ids import chunk_id_for
from supportbot.common.knowledge.passages import Passage

PARAGRAPH = (
    "You can send a parcel back within two weeks after it has arrived at your door. Put it into the box in which it "
    "came, add the form that lies beside the invoice, and bring both to any shop of ours or to a post office nearby."
)


def passage(document: str, text: str, position: int = 0) -> Passage:
    name = DocumentId(document)
    return Passage(chunk_id_for(name, text), name, document, (), text, position, "en")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Returns are accepted within 14 days of delivery.", "Returns are accepted within 30 days of delivery."),
        ("Returns are accepted within 14 days of delivery.", "Returns are accepted within 14 hours of delivery!"),
        ("The gift card costs €5.50 in every shop", "The gift card costs €6 in every shop"),
        ("The gift card costs 20 $ in every shop", "The gift card costs 20 € in every shop"),
        ("Доставка по городу стоит 300 рублей.", "Доставка по городу стоит 1 500 рублей."),
        ("The shop opens at 9:00 on every weekday", "The shop opens at 10:00 on every weekday"),
    ],
)
def test_the_same_sentence_with_other_figures_is_a_contradiction(one: str, other: str) -> None:
    (found,) = contradictions([passage("a.md", one), passage("b.md", f"Before it.\n{other}\nAnd after.")])
    assert [place.passage.document for place in found.places] == ["a.md", "b.md"]
    assert len({place.figures for place in found.places}) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Returns are accepted within 14 days of delivery.", "Returns are accepted within 14 days of delivery."),
        ("Returns are accepted within 1 day of delivery here", "Returns are accepted within 1 days of delivery here"),
        ("The gift card costs 5,50 € in every shop", "The gift card costs 5.50 € in every shop"),
        ("Delivery to Riga takes 3 days by courier", "Delivery to Oslo takes 5 days by courier"),
        ("See page 4", "See page 5"),
        ("There is no figure in this sentence", "There is no figure in that sentence"),
    ],
)
def test_what_says_the_same_or_speaks_of_something_else_is_none(one: str, other: str) -> None:
    assert contradictions([passage("a.md", one), passage("b.md", other)]) == []


def test_one_document_may_say_different_things_in_different_places() -> None:
    said = [passage("a.md", f"Returns are accepted within {days} days of delivery.", days) for days in (14, 30)]
    assert contradictions(said) == []


def test_figures_are_told_with_their_units() -> None:
    (found,) = statements("Pay $1 200 within 14 days, or 2.5 % more of it later.")
    assert found.figures == ("1200 $", "14 day", "2.5 %")


def test_passages_of_two_documents_that_differ_in_a_word_are_near_duplicates() -> None:
    other = PARAGRAPH.replace("nearby", "near you")
    far = (
        "Gift cards never expire and can be used for everything that is sold in any of our shops in the whole country."
    )
    (twins,) = near_duplicates([passage("a.md", PARAGRAPH), passage("b.md", other), passage("c.md", far)])
    assert ({twins.first.document, twins.second.document}, twins.alike >= 0.9) == ({"a.md", "b.md"}, True)


def test_a_passage_that_shares_half_of_another_is_none() -> None:
    half = PARAGRAPH[: len(PARAGRAPH) // 2] + " Nothing else of what follows here is said in the other document at all."
    assert near_duplicates([passage("a.md", PARAGRAPH), passage("b.md", half)]) == []


def test_one_document_may_repeat_itself() -> None:
    assert near_duplicates([passage("a.md", PARAGRAPH, place) for place in range(2)]) == []


def test_a_phrase_that_all_documents_use_costs_little_and_finds_nothing() -> None:
    footer = "Write to us at any time or call us on any day of the week and we will answer within some minutes"
    many = [passage(f"{n}.md", f"{footer} {n} {PARAGRAPH[n : n + 150]}") for n in range(60)]
    assert all(twins.alike >= 0.8 for twins in near_duplicates(many))
