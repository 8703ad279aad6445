"""Clocks that jump while programs run, by libfaketime: what a host shows as the time of day, not what it counts by."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

_LIBRARIES = ("/usr/lib/*/faketime", "/usr/local/lib/faketime", "/usr/lib/faketime")
_NAME = "libfaketimeMT.so.1"


@dataclass(frozen=True)
class Clock:
    """The clock of the programs that start in its `environment`. It is right until it jumps."""

    file: Path
    library: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What a program has to be started with."""
        return {
            "LD_PRELOAD": str(self.library),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_CACHE_DURATION": "1",  # it looks once a second whether the clock has jumped
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # as when a real clock is set
            "NO_FAKE_STAT": "1",  # files keep their times, or Python would compile everything anew
        }

    def jump(self, seconds: int) -> None:
        """Show a time so far from the right one, within a second."""
        new = self.file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n", encoding="ascii")
        new.replace(self.file)


def clock(folder: Path) -> Clock:
    """A clock for some programs; the test is skipped where none can be had."""
    found = next((path for place in _LIBRARIES for path in Path("/").glob(f"{place[1:]}/{_NAME}")), None)
    if found is None:
        pytest.skip("a clock can be made to jump only by libfaketime; install Debian's faketime")
    made = Clock(folder / "clock", found)
    made.jump(0)
    made.file.chmod(0o644)
    return made
