"""What tokens cost, as whoever runs the product has written it down."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from supportbot.common.models.request import Usage

_ENTRY: Final = re.compile(r"\s*([^=,\s]+)\s*=\s*(\d+(?:\.\d+)?)(?:\s*/\s*(\d+(?:\.\d+)?))?\s*")
_DATED: Final = re.compile(r"-(?:\d{4}-\d{2}-\d{2}|\d{4})\Z")


@dataclass(frozen=True, slots=True)
class Price:
    """Of a million tokens, in any one currency: so it is also millionths of the currency for one token."""

    prompt: float
    completion: float = 0.0


def read_prices(text: str) -> dict[str, Price]:
    """`model=in/out,model=in`; raises ValueError that says what cannot be read."""
    prices: dict[str, Price] = {}
    for entry in filter(str.strip, text.split(",")):
        match = _ENTRY.fullmatch(entry)
        if match is None:
            raise ValueError("must be like gpt-4o=2.50/10,text-embedding-3-small=0.02")
        prices[match[1]] = Price(float(match[2]), float(match[3] or 0))
    return prices


def cost_of(prices: Mapping[str, Price], models: tuple[str, ...], usage: Usage) -> int | None:
    """Millionths of the currency, by the first of a model's names that has a price; None where none has.

    A server names the dated version of what it was asked for, such as `gpt-4o-2024-08-06`.
    """
    for name in (*models, *(_DATED.sub("", model) for model in models)):
        if name in prices:
            return round(usage.prompt * prices[name].prompt + usage.completion * prices[name].completion)
    return None
