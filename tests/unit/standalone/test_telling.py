"""What is told of looks that are repeated: nothing twice, nothing of one moment, and the end of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from supportbot.standalone.operations.monitoring import Part
from supportbot.standalone.operations.telling import NAME, REMIND_AFTER, Remembered, news, remember, remembered

THEN = datetime(2026, 11, 28, 12, tzinfo=UTC)
FULL = Part("disk", is_well=False, said="used: / 91 %")
ROOM = Part("disk", is_well=True, said="used: / 40 %")
AWAY = Part("model", is_well=False, said="no answer")


def after(*looks: list[Part], every: timedelta = timedelta(minutes=5)) -> list[str]:
    """What is told at each of some looks."""
    known, told = Remembered(), []
    for number, parts in enumerate(looks):
        text, known = news(known, parts, THEN + number * every)
        told.append(text)
    return told


def test_one_look_alone_is_a_moment_and_nobody_is_told() -> None:
    assert after([FULL], [ROOM], [FULL]) == ["", "", ""]


def test_what_two_looks_found_is_told_once() -> None:
    assert after([FULL], [FULL], [FULL]) == ["", "⚠️ Not well:\ndisk: used: / 91 %", ""]


def test_its_end_is_told_to_whoever_heard_of_it() -> None:
    assert after([FULL], [FULL], [ROOM], [ROOM])[2:] == ["✅ Well again: disk", ""]


def test_something_else_is_told_by_itself() -> None:
    assert after([FULL], [FULL, AWAY], [FULL, AWAY])[2] == "⚠️ Not well:\nmodel: no answer"


def test_what_goes_on_is_told_again_after_hours() -> None:
    said = after(*[[FULL]] * 4, every=REMIND_AFTER / 2)
    assert [bool(text) for text in said] == [False, True, False, True]


def test_it_is_remembered_from_look_to_look(tmp_path: Path) -> None:
    known = Remembered(["disk"], {"disk": THEN.isoformat()})
    remember(tmp_path, known)
    assert remembered(tmp_path) == known


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"seen": 1, "told": 2}', "\x00"])
def test_a_memory_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text, encoding="utf-8")
    assert remembered(tmp_path) == Remembered()
