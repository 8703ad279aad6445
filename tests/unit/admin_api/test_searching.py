"""What operators find with a few words: any form of them, the rarer the better."""

from uuid import uuid4

import pytest

from supportbot.admin_api.documents.searching import best, hits_in, wanted_of
from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.passages import Passage

TEXTS = (
    "Delivery takes two days. Delivery is free.",
    "We deliver parcels to the observatory every day.",
    "Доставка занимает два дня; ёлки доставляем бесплатно.",
    "The undelivered remains with us.",
    "An invoice of 1,000 roubles is paid by card.",
    "Returns by card take ten days, by post two weeks.",
)


def passage(position: int, text: str, *headings: str) -> Passage:
    return Passage(ChunkId(uuid4()), DocumentId("a.md"), "Guide", headings, text, position, "en")


def found(query: str, *more: Passage) -> list[int]:
    passages = [*(passage(n, text) for n, text in enumerate(TEXTS)), *more]
    wanted = wanted_of(query)
    assert wanted is not None
    return [hit.position for hit, _ in best(hits_in(passages, wanted), len(passages), 10)]


@pytest.mark.parametrize(
    ("query", "positions"),
    [
        ("deliveries", [0]),
        ("the delivery", [0]),
        ("delivering", [0, 1]),
        ("доставку", [2]),
        ("елка", [2]),
        ("1000", [4]),
        ("zeppelin", []),
    ],
)
def test_any_form_of_a_word_is_found_and_nothing_within_of_others(query: str, positions: list[int]) -> None:
    assert found(query) == positions


def test_who_has_all_the_words_comes_before_who_repeats_one() -> None:
    repeats = passage(9, "Card, card, card, card, card.")
    assert found("returns card", repeats)[0] == 5


def test_words_that_stand_together_come_first() -> None:
    apart = passage(8, "Post is quick, and by two weeks of luck returns.")
    together = passage(9, "It is quick, of luck, and returns by post two weeks later.")
    assert found("post two weeks", apart, together)[:2] in ([5, 9], [9, 5])


def test_a_heading_counts_more_than_a_mention() -> None:
    mentions = passage(8, "Somewhere there is a warranty among many other words.")
    headed = passage(9, "It lasts for two years in many other countries, too.", "Warranty")
    assert found("warranty", mentions, headed) == [9, 8]


def test_words_that_say_nothing_are_looked_for_where_there_are_no_others() -> None:
    assert found("with us") == [3]
    assert wanted_of("?!") is None
