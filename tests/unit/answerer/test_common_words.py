"""A word that is common anywhere tells little, though few passages of a small knowledge base have it."""

import pytest

from supportbot.answerer.domain.answer import Question
from supportbot.answerer.domain.common_words import PASSAGES, expected
from supportbot.answerer.domain.query import read_question
from supportbot.answerer.use_cases.retrieve_passages import retrieve_passages
from supportbot.common.knowledge.tokens import stem
from supportbot.common.knowledge.vectors import term_number
from tests.unit.answerer.passages import index_of


@pytest.mark.parametrize(("common", "rare"), [("people", "window"), ("работа", "техника")])
def test_words_are_the_less_expected_the_rarer_they_are(common: str, rare: str) -> None:
    assert PASSAGES > expected(term_number(stem(common))) > expected(term_number(stem(rare))) > 0


def test_words_of_a_trade_are_not_expected() -> None:
    assert expected(term_number(stem("puncture"))) == expected(term_number(stem("шуруповёрт"))) == 0


async def test_of_two_words_as_rare_as_each_other_here_the_one_that_is_rare_anywhere_decides() -> None:
    index = await index_of(
        {
            "a-government.md": ("Visits", "The government may come along."),
            "b-puncture.md": ("Mending", "Each puncture is mended gladly."),
        }
    )
    found = await retrieve_passages(read_question(Question("government puncture")), index)
    assert [one.passage.document for one in found.ranked] == ["b-puncture.md", "a-government.md"]
