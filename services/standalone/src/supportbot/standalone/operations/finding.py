"""A fault that a report shows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, in a sentence, and what to do about it."""

    what: str
    do: str
