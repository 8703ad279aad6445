"""How sure to be that the best document answers the question."""

from supportbot.answerer.domain.confidence_weights import OTHER_LANGUAGE, RIGHT_ABOVE, SAME_LANGUAGE
from supportbot.answerer.domain.evidence import Evidence


def probability(evidence: Evidence | None) -> float:
    """The logistic models of `confidence_weights`; 0 without evidence."""
    if evidence is None:
        return 0.0
    return (OTHER_LANGUAGE if evidence.other_language else SAME_LANGUAGE)(evidence.by_name())


def right_above(threshold: float) -> float | None:
    """Share of right ones among answers at least this sure, as measured on questions that were held out.

    None below what was measured: nobody answers there.
    """
    return next((share for least, share in sorted(RIGHT_ABOVE.items(), reverse=True) if threshold >= least), None)
