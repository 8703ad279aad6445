"""Questions that mean the same are gathered, by their words and by the signs of their embeddings."""

import random

import pytest

from supportbot.admin_api.answers.clustering import cluster
from supportbot.admin_api.answers.meaning import Meaning, Nearness
from supportbot.common.knowledge.senses import read_signs, signs

SPACE = ("small", 256)
REFUNDS = [
    "Can I get my money back?",
    "How does a refund work?",
    "Reimbursement, please?",
    "What about sending it home?",
]
OTHERS = ["Is the sofa blue?", "Which lamps are dimmable?", "Who founded you?", "Do wardrobes fold?", "Any jobs free?"]


def meaning(seed: str, *, noise: int = 0, space: tuple[str, int] = SPACE) -> Meaning:
    """A random direction for each seed; `noise` signs of it are others."""
    signs_of = random.Random(seed).getrandbits(space[1])
    for place in range(noise):
        signs_of ^= 1 << (place * 7 % space[1])
    return Meaning(space, signs_of)


def gathered(questions: list[str], meanings: list[Meaning | None]) -> set[frozenset[str]]:
    return {frozenset(questions[place] for place in one.members) for one in cluster(questions, meanings)}


def test_questions_without_a_word_in_common_are_gathered_by_what_they_mean() -> None:
    asked = [*REFUNDS, *OTHERS]
    meanings: list[Meaning | None] = [meaning("refund", noise=n) for n in range(len(REFUNDS))]
    meanings += [meaning(other) for other in OTHERS]
    assert gathered(asked, meanings) == {frozenset(REFUNDS), *(frozenset({other}) for other in OTHERS)}


@pytest.mark.parametrize("known", [0, 3, 7])
def test_where_hardly_anything_is_known_words_decide(known: int) -> None:
    asked = ["Do you ship to Kazakhstan?", "How much is shipping to Kazakhstan?", *REFUNDS, *OTHERS]
    meanings: list[Meaning | None] = [meaning("same") if n < known else None for n in range(len(asked))]
    assert gathered(asked, meanings) == gathered(asked, [])
    assert frozenset(asked[:2]) in gathered(asked, meanings)


def test_only_meanings_of_one_space_are_compared() -> None:
    other = ("large", 64)
    meanings: list[Meaning | None] = [meaning(str(n)) for n in range(9)]
    meanings += [meaning("0", space=other), meaning("0", noise=1), None]
    nearness = Nearness(meanings)
    assert nearness(0, [10]) > 1
    assert nearness(0, [9]) == nearness(0, [11]) == nearness(9, [0]) == 0
    assert nearness(0, [1, 2, 3]) < 0.5


def test_among_many_questions_chance_gathers_none() -> None:
    meanings = [meaning(str(n), space=("large", 1536)) for n in range(300)]
    assert len(cluster([f"Question{n}" for n in range(300)], meanings)) == 300


def test_signs_are_read_as_they_were_packed() -> None:
    packed = signs([0.5, -0.5, 0.0, 0.1, *[-1.0] * 5, 2.0])
    assert read_signs(packed) == 0b1000001001
    assert len(signs([1.0] * 1536)) == 240
    with pytest.raises(ValueError, match="base85"):
        read_signs("no signs, or \x00")
