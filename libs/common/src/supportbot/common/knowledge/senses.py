"""What texts mean, as vectors of an embedding model: spaces of them, and a question's place in one."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
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

    @property
    def place(self) -> str:
        """Names where its vectors are kept, in letters that a folder and a collection may have."""
        return sha256(f"{self.model}\n{self.dimensions}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Sense:
    """A unit vector in its space."""

    space: SenseSpace
    vector: Vector


def signs(vector: Sequence[float]) -> str:
    """Which numbers of a vector are positive, packed: 240 letters for 1,536 dimensions, enough to gather texts by."""
    number = sum(1 << place for place, value in enumerate(vector) if value > 0)
    return base64.b85encode(number.to_bytes((len(vector) + 7) // 8, "little")).decode("ascii")


def read_signs(packed: str) -> int:
    """The bits that `signs` packed; raises ValueError where it did not."""
    return int.from_bytes(base64.b85decode(packed), "little")
