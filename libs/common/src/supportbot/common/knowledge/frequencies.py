"""In how many passages each term occurs: counters in a mapped file, so that they cost no memory of ours."""

import mmap
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Self

_HEADER: Final = struct.Struct("<8sI4x")
_MAGIC: Final = b"SBTERMS1"
BUCKETS: Final = 1 << 19
"""Terms share a counter where their numbers agree in the low 19 bits: rare, and it only makes a rare term less rare."""
_CELL: Final = "I"
_CELL_SIZE: Final = struct.calcsize(_CELL)


class TermCounts:
    """Counters per vector space; `dirty` in the file says that a change was cut short and all must be counted again.

    What is mapped outlives the process, but no power cut before `flush`.
    """

    def __init__(self, file: Path, spaces: Sequence[str]) -> None:
        """Open or make the file; one that does not fit counts as dirty."""
        size = _HEADER.size + len(spaces) * BUCKETS * _CELL_SIZE
        with file.open("r+b" if file.exists() else "w+b") as opened:
            opened.truncate(size)
            self._map = mmap.mmap(opened.fileno(), size)
        cells = memoryview(self._map)[_HEADER.size :].cast(_CELL)
        self._cells = {space: cells[i * BUCKETS : (i + 1) * BUCKETS] for i, space in enumerate(spaces)}
        magic, dirty = _HEADER.unpack_from(self._map)
        self.dirty = magic != _MAGIC or bool(dirty)

    def begin(self) -> Self:
        """Mark the counters as changing; a process that dies now leaves them dirty."""
        self._write_header(dirty=True)
        return self

    def commit(self) -> None:
        """Mark the counters as whole."""
        self._write_header(dirty=False)

    def clear(self) -> None:
        """Start over from nothing; pages that are empty already stay untouched, and so cost no memory."""
        empty = bytes(mmap.PAGESIZE)
        for start in range(_HEADER.size, len(self._map), mmap.PAGESIZE):
            end = min(start + mmap.PAGESIZE, len(self._map))
            if self._map[start:end] != empty[: end - start]:
                self._map[start:end] = empty[: end - start]

    def add(self, space: str, terms: Iterable[int], sign: int) -> None:
        """Count a passage's terms in (`sign` 1) or out (-1)."""
        cells = self._cells[space]
        for term in terms:
            bucket = term % BUCKETS
            cells[bucket] = max(cells[bucket] + sign, 0)

    def read(self, space: str, terms: Sequence[int]) -> dict[int, int]:
        """The counter of each term, without those at zero."""
        cells = self._cells[space]
        return {term: count for term in terms if (count := cells[term % BUCKETS])}

    def flush(self) -> None:
        """Bring all counters to the disk."""
        self._map.flush()

    def close(self) -> None:
        """Write what is left and let go."""
        self.flush()
        self._cells.clear()  # a mapping cannot be closed while anybody looks into it
        self._map.close()

    def _write_header(self, *, dirty: bool) -> None:
        _HEADER.pack_into(self._map, 0, _MAGIC, int(dirty))
        self.dirty = dirty
