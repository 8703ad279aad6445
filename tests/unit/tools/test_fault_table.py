"""The table of faults: rows that were not done again keep their lines."""

from pathlib import Path

from tests.faults.report import FaultRow, as_property, row_of, written


def row(number: str, **more: str) -> FaultRow:
    return FaultRow(number, "a fault", "by hand", **more)  # type: ignore[arg-type]  # only texts are given here


def lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("| F")]


def test_lines_of_faults_that_were_not_done_stay_and_all_are_in_order(tmp_path: Path) -> None:
    table = tmp_path / "faults.md"
    written(table, [row("F2", held="held"), row("F10", held="held")])
    written(table, [row("F2", held="NOT HELD"), row("F2", where="all-in-one", held="held"), row("F1")])
    assert [(line.split()[1], "NOT" in line) for line in lines(table)] == [
        ("F1", False),
        ("F2", True),
        ("F2", False),
        ("F10", False),
    ]


def test_a_line_has_one_cell_for_each_column_whatever_was_seen(tmp_path: Path) -> None:
    seen = row("F1")
    seen.seen = ["a | b\nc"]
    table = tmp_path / "faults.md"
    written(table, [seen])
    head = next(line for line in table.read_text(encoding="utf-8").splitlines() if line.startswith("| #"))
    assert lines(table)[0].count("|") == head.count("|")


def test_a_row_comes_back_from_the_report_that_carries_it() -> None:
    sent = row("F1", where="services")
    assert row_of([as_property(sent)]) == sent
    assert row_of([]) is None
