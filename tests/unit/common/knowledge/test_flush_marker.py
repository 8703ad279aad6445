"""Whether what was written had reached the disk when the power went."""

from pathlib import Path

from supportbot.common.knowledge.flush_marker import FlushMarker, current_boot


def test_nothing_is_torn_where_nothing_was_written(tmp_path: Path) -> None:
    marker = FlushMarker(tmp_path / "unflushed", "monday")
    assert not marker.is_set
    assert not marker.of_another_boot


def test_a_process_that_was_killed_has_lost_nothing(tmp_path: Path) -> None:
    FlushMarker(tmp_path / "unflushed", "monday").set()
    again = FlushMarker(tmp_path / "unflushed", "monday")
    assert again.is_set
    assert not again.of_another_boot


def test_another_boot_finds_what_may_be_torn_until_the_marker_is_its_own(tmp_path: Path) -> None:
    FlushMarker(tmp_path / "unflushed", "monday").set()
    again = FlushMarker(tmp_path / "unflushed", "tuesday")
    assert again.of_another_boot
    again.set()
    assert not FlushMarker(tmp_path / "unflushed", "tuesday").of_another_boot


def test_what_was_flushed_is_whole_at_any_boot(tmp_path: Path) -> None:
    marker = FlushMarker(tmp_path / "unflushed", "monday")
    marker.set()
    marker.clear()
    assert not FlushMarker(tmp_path / "unflushed", "tuesday").is_set


def test_where_the_system_tells_no_boot_every_marker_counts(tmp_path: Path) -> None:
    FlushMarker(tmp_path / "unflushed", "").set()
    assert FlushMarker(tmp_path / "unflushed", "").of_another_boot


def test_a_boot_has_one_name() -> None:
    assert current_boot() == current_boot()
