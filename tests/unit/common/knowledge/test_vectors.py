"""Weights of stored passages and of questions."""

import math

from hypothesis import given
from hypothesis import strategies as st

from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.chunk_ids import chunk_id_for
from supportbot.common.knowledge.vectors import (
    K1,
    SPACES,
    encode_passage,
    encode_question,
    inverse_frequency,
    term_number,
)
from tests.contract.knowledge_index.making import passages


def test_a_term_has_the_same_number_everywhere() -> None:
    assert term_number("возврат") == 825582825


def test_title_and_headings_are_searched_too() -> None:
    stored = encode_passage(passages("a", "Open the page", title="Returns")[0])
    assert term_number("return") in stored["stems"].indices
    assert term_number("page") in stored["stems"].indices


def test_a_repeated_term_weighs_more_but_never_more_than_the_limit() -> None:
    once, often = (encode_passage(passages("a", text)[0])["stems"] for text in ("parcel", "parcel " * 50))
    number = term_number("parcel")
    weights = [dict(zip(v.indices, v.values, strict=True))[number] for v in (once, often)]
    assert weights[0] < weights[1] < K1 + 1


def test_a_rarer_term_is_worth_more() -> None:
    assert inverse_frequency(1, 100) > inverse_frequency(50, 100) > inverse_frequency(100, 100) > 0
    assert inverse_frequency(0, 0) == math.log(2)


def test_a_question_leaves_out_terms_without_a_weight() -> None:
    vector = encode_question({1: 1.0, 2: 2.0}, {2: 3.0})
    assert (vector.indices, vector.values) == ((2,), (6.0,))


@given(st.text())
def test_any_passage_can_be_stored(text: str) -> None:
    for space in SPACES:
        vector = encode_passage(passages("a", text)[0])[space]
        assert len(set(vector.indices)) == len(vector.indices) == len(vector.values)
        assert all(0 <= number < 2**32 for number in vector.indices)
        assert all(weight > 0 for weight in vector.values)


def test_a_chunk_id_depends_on_all_that_is_searched_and_on_nothing_else() -> None:
    document = DocumentId("a")
    ids = {
        chunk_id_for(document, "text"),
        chunk_id_for(DocumentId("b"), "text"),
        chunk_id_for(document, "text", title="t"),
        chunk_id_for(document, "text", headings=("t",)),
        chunk_id_for(document, "text", headings=("t", "")),
        chunk_id_for(document, "text", occurrence=1),
    }
    assert len(ids) == 6
    assert chunk_id_for(document, "text") in ids
