"""Files in place of other files, so that each step can be taken back until all is done."""

import shutil
from collections.abc import Callable
from pathlib import Path

from supportbot.common.telemetry.logging import logger

_log = logger(__name__)


class Swap:
    """Moves what is there aside and puts other things in its place; `undo` puts everything back as it was.

    Contents are moved, not folders: those may be where another disk is mounted.
    """

    def __init__(self, aside: Path) -> None:
        """`aside`: a folder that is made for what is moved away."""
        self.aside = aside
        self._steps: list[Callable[[], None]] = []

    def file(self, new: Path | None, place: Path) -> None:
        """Put a file in place of another; None leaves the place empty."""
        self._move(place, self.aside / place.name)
        self._move(new, place)

    def contents(self, new: Path, place: Path, name: str) -> None:
        """Put a folder's contents in place of another's, which go to `name` in the folder aside.

        Where that is on another disk they go into a hidden folder beside them, where nobody looks for documents.
        """
        place.mkdir(parents=True, exist_ok=True)
        old = self.aside / name
        if place.stat().st_dev != self.aside.stat().st_dev:
            old = place / f".{self.aside.name}"
        old.mkdir(parents=True, exist_ok=True)
        for path in sorted(place.iterdir()):
            if not path.name.startswith("."):
                self._move(path, old / path.name)
        if new.is_dir():
            for path in sorted(new.iterdir()):
                self._move(path, place / path.name)

    def undo(self) -> None:
        """The last step first. A step that fails is told and keeps no other one from being taken back."""
        while self._steps:
            try:
                self._steps.pop()()
            except OSError as error:
                _log.exception(
                    "A file could not be put back; it is still there", error=str(error), folder=str(self.aside)
                )

    def _move(self, source: Path | None, target: Path) -> None:
        if source is None or not (source.exists() or source.is_symlink()):
            return
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.move(source, target)
        self._steps.append(lambda: _move_back(target, source))


def _move_back(target: Path, source: Path) -> None:
    shutil.move(target, source)
