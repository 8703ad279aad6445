"""How often Python looks for garbage."""

import gc
from collections.abc import Iterator

import pytest

from supportbot.common.garbage import spare_what_is_loaded


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)


def test_what_is_loaded_is_not_looked_at_again_and_again() -> None:
    looks: list[str] = []

    def note(phase: str, _: dict[str, int]) -> None:
        looks.append(phase)

    spare_what_is_loaded()
    gc.collect()
    gc.callbacks.append(note)
    try:
        loaded = [[number] for number in range(50_000)]
    finally:
        gc.callbacks.remove(note)
    assert len(loaded) == 50_000
    assert looks == []
