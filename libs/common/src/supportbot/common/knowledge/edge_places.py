"""Where in its folder the embedded index is: in the folder itself, or in one that was built beside it and took over."""

import contextlib
import os
import re
import shutil
from pathlib import Path
from typing import Final
from uuid import uuid4

from supportbot.common.knowledge.senses import FOLDER as SENSES

_POINTER: Final = "searched"
_BUILT: Final = re.compile(r"built-[0-9a-f]{8}")
_OWN: Final = ("shard", "frequencies.bin", "unflushed")
"""What an index keeps of words; what it keeps of senses stays where it is, as ids of passages stay what they are."""


class EdgePlaces:
    """A pointer that is replaced as a whole names the place that is searched; without one it is the folder itself."""

    def __init__(self, folder: Path) -> None:
        """`folder`: held by this process alone."""
        self.folder = folder

    @property
    def searched(self) -> Path:
        """Of what is searched."""
        try:
            name = (self.folder / _POINTER).read_text("ascii").strip()
        except (OSError, ValueError):
            return self.folder
        place = self.folder / name
        return place if _BUILT.fullmatch(name) and place.is_dir() else self.folder

    @property
    def senses(self) -> Path:
        """Of the vectors of what passages mean."""
        return self.folder / SENSES

    def copy(self, target: Path) -> None:
        """Copy what is searched by words into an empty folder."""
        place = self.searched
        for file in place.rglob("*"):
            inside = file.relative_to(place)
            if inside.parts[0] in _OWN and file.is_file():
                (target / inside).parent.mkdir(parents=True, exist_ok=True)
                _copy_without_holes(file, target / inside)
            elif inside.parts[0] in _OWN:
                (target / inside).mkdir(parents=True, exist_ok=True)

    def new(self) -> Path:
        """A place to build in."""
        return self.folder / f"built-{uuid4().hex[:8]}"

    def point_at(self, place: Path) -> None:
        """Let this place be the one that is searched from the next opening on; on the disk when this returns."""
        written = self.folder / f"{_POINTER}.new"
        with written.open("w", encoding="ascii") as opened:
            opened.write(place.name)
            opened.flush()
            os.fsync(opened.fileno())
        written.replace(self.folder / _POINTER)
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def clear(self) -> None:
        """Delete what is not searched: what was begun and never whole, or has been taken over from."""
        kept = self.searched
        for place in self.folder.glob("built-*"):
            if place != kept and _BUILT.fullmatch(place.name):
                shutil.rmtree(place, ignore_errors=True)
        if kept == self.folder:
            return
        for name in _OWN:
            shutil.rmtree(self.folder / name, ignore_errors=True)
            with contextlib.suppress(OSError):
                (self.folder / name).unlink(missing_ok=True)


def _copy_without_holes(source: Path, target: Path) -> None:
    """Copy only the filled stretches of a file: the engine lays out far more than it fills."""
    with source.open("rb") as read, target.open("wb") as written:
        size = os.fstat(read.fileno()).st_size
        end = 0
        while (start := _next_filled(read.fileno(), end)) < size:
            end = os.lseek(read.fileno(), start, os.SEEK_HOLE)
            read.seek(start)
            written.seek(start)
            written.write(read.read(end - start))
        written.truncate(size)


def _next_filled(descriptor: int, start: int) -> int:
    try:
        return os.lseek(descriptor, start, os.SEEK_DATA)
    except OSError:  # nothing but a hole up to the end
        return os.fstat(descriptor).st_size
