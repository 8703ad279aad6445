"""Lines of a page become the text that they were before it was set: words cut at a line's end are whole again."""

import re
from itertools import pairwise
from typing import Final

_CUT: Final = re.compile(r"(?<=[a-zа-яё])[-\u00ad\u2010]\n(?=[a-zа-яё])")
_SOFT_HYPHEN: Final = "\u00ad"
_FULL: Final = 0.6
"""A line that is shorter than this share of the longest one ended where its writer wanted."""
_SHORTEST: Final = 40


def unwrapped(text: str) -> str:
    """A paragraph without the breaks that only the width of the page made; short lines stay lines."""
    text = _CUT.sub("", text.strip()).replace(_SOFT_HYPHEN, "")
    lines = [" ".join(line.split()) for line in text.split("\n")]
    longest = max(map(len, lines))
    joined = lines[0]
    for before, line in pairwise(lines):
        wrapped = longest >= _SHORTEST and len(before) >= _FULL * longest
        joined += (" " if wrapped else "\n") + line
    return joined
