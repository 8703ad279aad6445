"""Counters of terms in a mapped file."""

from pathlib import Path

from supportbot.common.knowledge.frequencies import TermCounts


def test_counters_outlive_the_process_that_wrote_them(tmp_path: Path) -> None:
    counts = TermCounts(tmp_path / "counts", ["stems", "grams"])
    counts.begin().clear()
    counts.add("stems", [7, 2**32 - 1], 1)
    counts.add("stems", [7], 1)
    counts.add("grams", [7], 1)
    counts.commit()
    counts.close()
    again = TermCounts(tmp_path / "counts", ["stems", "grams"])
    assert not again.dirty
    assert again.read("stems", [7, 8, 2**32 - 1]) == {7: 2, 2**32 - 1: 1}
    assert again.read("grams", [7]) == {7: 1}
    again.close()


def test_a_change_that_was_not_finished_shows(tmp_path: Path) -> None:
    counts = TermCounts(tmp_path / "counts", ["stems"])
    assert counts.dirty
    counts.commit()
    counts.begin()
    counts.close()
    again = TermCounts(tmp_path / "counts", ["stems"])
    assert again.dirty
    again.close()


def test_a_counter_never_goes_below_zero(tmp_path: Path) -> None:
    counts = TermCounts(tmp_path / "counts", ["stems"])
    counts.add("stems", [1], -1)
    assert counts.read("stems", [1]) == {}
    counts.close()


def test_clearing_leaves_nothing(tmp_path: Path) -> None:
    counts = TermCounts(tmp_path / "counts", ["stems"])
    counts.add("stems", range(5000), 1)
    counts.clear()
    assert counts.read("stems", range(5000)) == {}
    counts.close()
