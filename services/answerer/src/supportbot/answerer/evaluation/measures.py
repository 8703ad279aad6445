"""The measures themselves: ranking, separation, coverage, calibration."""

import math
from collections.abc import Collection, Sequence


def hit(gold: Collection[str], ranked: Sequence[str], depth: int) -> float:
    """1 where one of the first `depth` documents is right."""
    return float(any(document in gold for document in ranked[:depth]))


def recall(gold: Collection[str], ranked: Sequence[str], depth: int) -> float:
    """Share of the right documents among the first `depth`."""
    return len(set(gold) & set(ranked[:depth])) / len(gold)


def reciprocal_rank(gold: Collection[str], ranked: Sequence[str], depth: int) -> float:
    """One over the place of the first right document, 0 where there is none."""
    return next((1 / place for place, document in enumerate(ranked[:depth], 1) if document in gold), 0.0)


def ndcg(gold: Collection[str], ranked: Sequence[str], depth: int) -> float:
    """Discounted cumulative gain over the best possible one (Järvelin and Kekäläinen, 2002), gains 0 or 1."""
    gained = sum(1 / math.log2(place + 1) for place, document in enumerate(ranked[:depth], 1) if document in gold)
    return gained / sum(1 / math.log2(place + 1) for place in range(1, min(depth, len(gold)) + 1))


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float | None:
    """Chance that a positive scores above a negative, ties half (Mann-Whitney); None where one kind is missing."""
    order = sorted(zip(scores, labels, strict=True))
    positives = sum(labels)
    negatives = len(labels) - positives
    if not positives or not negatives:
        return None
    ranks, place = 0.0, 0
    while place < len(order):
        end = place
        while end < len(order) and order[end][0] == order[place][0]:
            end += 1
        ranks += sum(label for _, label in order[place:end]) * (place + end + 1) / 2
        place = end
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def coverage(confidence: Sequence[float], correct: Sequence[bool], risk: float) -> float:
    """Largest share of questions that some threshold lets through with at most `risk` of them wrong."""
    order = sorted(zip(confidence, correct, strict=True), key=lambda pair: -pair[0])
    best = wrong = 0
    for passed, (sure, right) in enumerate(order, 1):
        wrong += not right
        is_last_of_tie = passed == len(order) or order[passed][0] != sure
        if is_last_of_tie and wrong / passed <= risk:
            best = passed
    return best / len(order)


def calibration_error(confidence: Sequence[float], correct: Sequence[bool], bins: int = 10) -> float:
    """Expected calibration error over bins of equal width (Naeini et al., 2015)."""
    off = [0.0] * bins
    for sure, right in zip(confidence, correct, strict=True):
        off[_bin(sure, bins)] += sure - right
    return sum(map(abs, off)) / len(confidence)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all reaches."""
    return sorted(values)[min(len(values) - 1, math.ceil(share * len(values)) - 1)]


def _bin(sure: float, bins: int) -> int:
    """The bin whose bounds, computed as `i / bins`, hold the value; the last one is closed."""
    return next((i for i in range(bins) if i / bins <= sure < (i + 1) / bins), bins - 1)
