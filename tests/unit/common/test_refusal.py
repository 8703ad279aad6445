"""Readiness says that nothing can be stored, and does not go on saying so for ever."""

import time

import pytest

from supportbot.common.database.connections.refusal import TOLD_FOR_S, LastRefusal


def test_a_refusal_is_told_until_something_is_stored_or_nobody_has_tried_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    last = LastRefusal()
    assert last.said() is None
    last.note("The disk is full")
    assert last.said() == "The disk is full"
    last.forget()
    assert last.said() is None
    last.note("The disk is full")
    clock[0] += TOLD_FOR_S
    assert last.said() is None
