"""Words and sense in one order."""

import pytest

from supportbot.answerer.domain.fusion import fuse
from tests.unit.answerer.test_answer_with_model import found


def test_sense_decides_where_words_hardly_do_and_not_where_they_are_clear() -> None:
    close, clear = found(1.0, 0.95, 0.2), found(1.0, 0.4)
    assert [one.passage.document for one in fuse(close, [0.2, 0.8, 0.1])] == ["2.md", "1.md", "3.md"]
    assert [one.passage.document for one in fuse(clear, [0.2, 0.8])] == ["1.md", "2.md"]


@pytest.mark.parametrize("near", [[0.5, 0.5, 0.5], [0.0, 0.0, 0.0]])
def test_where_sense_tells_nothing_words_decide(near: list[float]) -> None:
    ranked = found(1.0, 0.9, 0.8)
    assert [one.passage for one in fuse(ranked, near)] == [one.passage for one in ranked]
    assert fuse([], []) == []
