"""What documents call themselves, and how their pages are named."""

import re
from collections.abc import Sequence
from typing import Any, Final

_MADE_BY_PROGRAMS: Final = re.compile(
    r"\(?(?:anonymous|unspecified)\)?$|"
    r"microsoft (?:word|powerpoint|excel)\b|untitled|без имени|безымянный|документ\s?\d*$|document\s?\d*$|"
    r"презентация powerpoint|powerpoint presentation|word document|office theme|"
    r"\S+\.(?:docx?|pptx?|xlsx?|odt|rtf|indd|pdf|html?|md|txt|tex|dvi|qxd|pages)$",
    re.IGNORECASE,
)
_LONGEST: Final = 200
_MOST: Final = 12


def sane_title(given: Any) -> str:
    """A title from a file's properties, unless a program and not a person gave it."""
    title = " ".join(str(given or "").split())
    return "" if len(title) > _LONGEST or _MADE_BY_PROGRAMS.match(title) else title


def page_ranges(pages: Sequence[int]) -> str:
    """`1, 4–9, 12`; of very many only the first, with an ellipsis."""
    ranges: list[tuple[int, int]] = []
    for page in pages:
        if ranges and page == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], page)
        else:
            ranges.append((page, page))
    named = [str(first) if first == last else f"{first}–{last}" for first, last in ranges]
    return ", ".join(named if len(named) <= _MOST else [*named[:_MOST], "…"])
