"""Words and sense in one order."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from supportbot.answerer.domain.matching import Terms
from supportbot.answerer.domain.ranking import Ranked, rank, with_sense
from supportbot.common.knowledge.passages import Candidate
from supportbot.common.knowledge.senses import DENSE
from tests.unit.answerer.passages import passage
from tests.unit.answerer.test_answer_with_model import found


def order(ranked: Sequence[Ranked], near: Sequence[float | None]) -> list[str]:
    fused = with_sense([replace(one, dense=likeness) for one, likeness in zip(ranked, near, strict=True)])
    return [one.passage.document for one in sorted(fused, key=lambda one: -one.total)]


def test_sense_decides_where_words_hardly_do_and_not_where_they_are_clear() -> None:
    assert order(found(2.0, 1.9, 0.4), [0.2, 0.8, 0.1]) == ["2.md", "1.md", "3.md"]
    assert order(found(2.0, 0.8), [0.2, 0.8]) == ["1.md", "2.md"]
    assert order(found(0.2, 0.1), [0.2, 0.8]) == ["2.md", "1.md"], "both have hardly a word of it"


@pytest.mark.parametrize("near", [[0.5, 0.5, 0.5], [0.0, 0.0, 0.0], [None, 0.3, None]])
def test_where_sense_tells_nothing_words_decide(near: list[float | None]) -> None:
    assert order(found(1.0, 0.9, 0.8), near) == ["1.md", "2.md", "3.md"]
    assert with_sense([]) == []


def test_what_only_sense_finds_is_read_and_ranked() -> None:
    candidates = [
        Candidate(
            passage("Nothing of the kind.", document=f"{n}.md"), {"stems": 1.0, "grams": 1.0, DENSE: 0.1 + n / 100}
        )
        for n in range(8)
    ]
    meant = Candidate(passage("You get your money back.", document="meant.md"), {DENSE: 0.9})
    ranked = rank([*candidates, meant], {"stems": 10.0, "grams": 10.0}, Terms({}, {}))
    assert ranked[0].passage.document == "meant.md"
    assert ranked[0].match is not None
    assert ranked[0].dense == 0.9


def test_without_vectors_totals_are_those_of_words_alone() -> None:
    candidates = [
        Candidate(passage("One.", document="1.md"), {"stems": 4.0, "grams": 2.0}),
        Candidate(passage("Two.", document="2.md"), {"stems": 2.0, "grams": 1.0}),
    ]
    first, second = rank(candidates, {"stems": 10.0, "grams": 10.0}, Terms({}, {}))
    assert [first.total, second.total] == pytest.approx([0.7, 0.4])
    assert first.dense is None
