"""In how many passages of a document each term occurs, packed small, and the sum of that over all documents."""

import base64
import struct
import zlib
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any, Final, Self

from supportbot.common.knowledge.frequencies import BUCKETS
from supportbot.common.knowledge.vectors import SPACES

_MOST: Final = 0xFFFF
_LARGEST: Final = len(SPACES) * BUCKETS * 6 + 1024
"""Bytes of a table that holds every bucket; what unpacks to more was not packed here."""


class UnreadableTableError(ValueError):
    """Bytes that no table was packed into."""


class TermTable:
    """Counts of one document, by vector space; terms share a counter as they do in `frequencies`."""

    def __init__(self, counts: Mapping[str, Mapping[int, int]] | None = None) -> None:
        """Empty, or with these counts by bucket."""
        self._counts = {space: Counter((counts or {}).get(space, {})) for space in SPACES}

    def add(self, vectors: Mapping[Any, Sequence[int]], sign: int) -> None:
        """Count a passage's terms in (`sign` 1) or out (-1)."""
        for space, counts in self._counts.items():
            for term in vectors.get(space, ()):
                counts[term % BUCKETS] += sign

    def pack(self) -> str:
        """The table as text: some two bytes for each term."""
        parts: list[bytes] = []
        for counts in self._counts.values():
            kept = sorted((bucket, min(count, _MOST)) for bucket, count in counts.items() if count > 0)
            steps = (bucket - before for before, bucket in pairwise([0, *(bucket for bucket, _ in kept)]))
            parts.append(struct.pack(f"<{1 + len(kept)}I", len(kept), *steps))
            parts.append(struct.pack(f"<{len(kept)}H", *(count for _, count in kept)))
        return base64.b64encode(zlib.compress(b"".join(parts))).decode("ascii")

    @classmethod
    def unpack(cls, packed: str) -> Self:
        """The table that `pack` wrote."""
        return cls({space: dict(zip(buckets, counts, strict=True)) for space, buckets, counts in _columns(packed)})


class TermTotals:
    """Counts over all documents: 4 MB, whatever they hold."""

    def __init__(self) -> None:
        """All zero."""
        self._totals: dict[str, array[int]] = {space: array("i", [0]) * BUCKETS for space in SPACES}

    def add(self, packed: str, sign: int) -> None:
        """Count a document's table in (`sign` 1) or out (-1); raises UnreadableTableError and changes nothing then."""
        for space, buckets, counts in list(_columns(packed)):
            totals = self._totals[space]
            for bucket, count in zip(buckets, counts, strict=True):
                totals[bucket] += sign * count

    def read(self, space: str, terms: Sequence[int]) -> dict[int, int]:
        """The count of each term, without those at zero."""
        totals = self._totals[space]
        counts = ((term, totals[term % BUCKETS]) for term in terms)
        return {term: count for term, count in counts if count > 0}


def _columns(packed: str) -> Iterator[tuple[str, Sequence[int], Sequence[int]]]:
    """Per space its buckets and their counts."""
    data = _unpacked(packed)
    start = 0
    for space in SPACES:
        try:
            (length,) = struct.unpack_from("<I", data, start)
            steps = struct.unpack_from(f"<{length}I", data, start + 4)
            counts = struct.unpack_from(f"<{length}H", data, start + 4 + 4 * length)
        except struct.error as error:
            raise UnreadableTableError(f"the table of {space} is cut short") from error
        buckets = list(accumulate(steps))
        if length and buckets[-1] >= BUCKETS:
            raise UnreadableTableError(f"the table of {space} names a bucket that does not exist")
        yield space, buckets, counts
        start += 4 + 6 * length


def _unpacked(packed: str) -> bytes:
    try:
        unpacking = zlib.decompressobj()
        data = unpacking.decompress(base64.b64decode(packed, validate=True), _LARGEST)
    except (TypeError, ValueError, zlib.error) as error:
        raise UnreadableTableError("it cannot be unpacked") from error
    if unpacking.unconsumed_tail:
        raise UnreadableTableError("it is larger than any table")
    return data
