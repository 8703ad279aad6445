"""What texts mean, as vectors of an embedding model: spaces of them, and a question's place in one."""

from dataclasses import dataclass, field
from typing import Final

DENSE: Final = "dense"
"""Name of these vectors among the scores of a candidate."""
FOLDER: Final = "senses"
"""Where the embedded index keeps them, beside what it keeps of words."""
Vector = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SenseSpace:
    """Whose vectors they are and how long: those of different spaces must never be compared."""

    model: str
    dimensions: int
    shortened: bool = field(default=False, compare=False)
    """Whether the model has to be asked for this length; many servers do not know how to."""

    @property
    def asked_dimensions(self) -> int:
        """The length to ask the model for; 0 for what it does by itself."""
        return self.dimensions if self.shortened else 0


@dataclass(frozen=True, slots=True)
class Sense:
    """A unit vector in its space."""

    space: SenseSpace
    vector: Vector
