"""The lists beside these modules: words and expressions, a line each, which anybody may add to."""

import re
from importlib.resources import files


def lines_of(name: str) -> list[str]:
    """The lines of a list without comments and empty ones."""
    lines = files(__package__).joinpath(name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def any_of(name: str) -> re.Pattern[str]:
    """A list of regular expressions as one, of which each begins at the beginning of a word."""
    return re.compile(rf"\b(?:{'|'.join(lines_of(name))})")
