"""Words and sense in one order."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from supportbot.answerer.domain.ranking import Ranked

SENSE_WEIGHT: Final = 0.5
"""What the nearest in sense counts beside the best by words. Set by hand, with words ahead: they were measured, and
real embeddings could not be. Measure with your own by `supportbot eval regress`."""


def fuse(ranked: Sequence[Ranked], near: Sequence[float]) -> list[Ranked]:
    """The same passages by the sum of both, each between 0 and 1: totals of the best, likeness between its ends."""
    best = max((one.total for one in ranked), default=0.0) or 1.0
    low, high = min(near, default=0.0), max(near, default=0.0)
    width = (high - low) or 1.0
    fused = [
        replace(one, total=one.total / best + SENSE_WEIGHT * (likeness - low) / width)
        for one, likeness in zip(ranked, near, strict=True)
    ]
    return sorted(fused, key=lambda one: -one.total)
