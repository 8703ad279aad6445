"""What a search brought."""

from collections.abc import Mapping
from dataclasses import dataclass

from supportbot.answerer.domain.matching import Terms
from supportbot.answerer.domain.ranking import Ranked


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Ranked passages and what is known about the query's terms."""

    ranked: tuple[Ranked, ...]
    terms: Terms
    unknown: frozenset[str]
    """Stems that no passage has."""
    corrections: Mapping[str, str]
    """Misspelt word → the word of the documents that it was taken for."""
    indexed: int
    """Number of passages in the index."""
