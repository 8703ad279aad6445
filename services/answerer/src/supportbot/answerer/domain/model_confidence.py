"""How sure to be of an answer that a model made and that holds against its passages."""

import math
from typing import Final

_CHECKED: Final = 2.0
"""What a complete, checked answer says in log-odds for "the passages answer this", beside what the search says."""
_PARTIAL: Final = 0.4
_SHARE_WORTH: Final = 2.0
_USUAL_SHARE: Final = 0.75
_CLIP: Final = 0.02


def model_confidence(found: float, share: float, *, complete: bool) -> float:
    """Probability in 0..1 from the search's own confidence and the share of wording that the passages bear out.

    A logistic combination of independent signs; the weights are set by hand, so that a doubtful search (0.3) with a
    fully checked answer is sent at the usual threshold of 0.7, and a hopeless one (0.1) is not.
    """
    prior = min(max(found, _CLIP), 1 - _CLIP)
    odds = math.log(prior / (1 - prior)) + (_CHECKED if complete else _PARTIAL)
    odds += _SHARE_WORTH * (share - _USUAL_SHARE)
    return 1 / (1 + math.exp(-odds))
