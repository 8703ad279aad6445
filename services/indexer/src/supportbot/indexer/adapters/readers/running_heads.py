"""Running heads and page numbers: lines at the edge of many pages, the same on each but for the number of the page."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

_BLANKS: Final = re.compile(r"[\s\u00ad\u2010-]+")
_NUMBER: Final = re.compile(r"\d{1,6}")
_SIGNS: Final = re.compile(r"[•·▪◦‣●○■]")
_LAST: Final = 3
"""Numbers at the end of a line of which one may be the page's: `contract-2026.html 3/12`."""
_EDGE: Final = 3
"""So many lines at the top and at the bottom of a page can be such."""
_FEWEST: Final = 3
"""Pages on which a line has to stand; both, where there are two."""
_SHARE: Final = 0.25
"""Of many pages."""


class RunningHeads:
    """Knows which lines of a document are said on page after page."""

    def __init__(self, pages: Mapping[int, str]) -> None:
        """`pages`: their text by their number."""
        seen: Counter[str] = Counter()
        for page, text in pages.items():
            seen.update({form for line in _edges(text) for form in _forms(line, page)})
        enough = max(2, min(_FEWEST, len(pages)), _SHARE * len(pages))
        self._known = {form for form, times in seen.items() if times >= enough}

    def has(self, line: str, page: int) -> bool:
        """Whether a line of a page is one of them."""
        return not squeezed(line) or any(form in self._known for form in _forms(line, page))


def squeezed(text: str) -> str:
    """A text by its letters and figures, as programs differ in what they put between them."""
    return _BLANKS.sub("", _SIGNS.sub("", text))


def _edges(text: str) -> set[str]:
    lines = [line for line in text.split("\n") if line.strip()]
    return {*lines[:_EDGE], *lines[-_EDGE:]}


def _forms(line: str, page: int) -> Iterator[str]:
    """The line with none, one or all of its numbers counted from the number of the page."""
    text = squeezed(line)
    numbers = list(_NUMBER.finditer(text))
    for chosen in ((), numbers, *([number] for number in (numbers[:1] + numbers[-_LAST:]))):
        form = text
        for number in reversed(chosen):
            form = f"{form[: number.start()]}#{int(number[0]) - page}#{form[number.end() :]}"
        yield form
