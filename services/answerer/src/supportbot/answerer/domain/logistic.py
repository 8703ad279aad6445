"""A logistic model by names of its inputs."""

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Logistic:
    """`weights` may name fewer inputs than there are; the others count nothing."""

    intercept: float
    weights: Mapping[str, float]

    def __call__(self, inputs: Mapping[str, float]) -> float:
        """The probability."""
        total = self.intercept + sum(weight * inputs[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-total))
