"""Tables of a page that are drawn with rules: where they are, and what stands in their cells."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from supportbot.indexer.adapters.readers.page_words import Rule, Rules, Word, joined

_NEAR: Final = 3.0
"""Points within which rules are one, or meet."""
_FEWEST: Final = 3
"""Rules across and down: with fewer it is a frame, or a line below a heading."""
_MOST: Final = 400
_MOST_CELLS: Final = 5_000


@dataclass(frozen=True, slots=True)
class RuledTable:
    """A grid: its columns between `xs`, from the left, and its rows between `ys`, from the bottom."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    rules: Rules

    def holds(self, word: Word) -> bool:
        """Whether a word stands within it."""
        x, y = (word.left + word.right) / 2, (word.bottom + word.top) / 2
        return self.xs[0] <= x <= self.xs[-1] and self.ys[0] <= y <= self.ys[-1]

    def rows(self, words: Iterable[Word]) -> list[list[str]]:
        """Its cells from the top. What stands in cells that were made one stands in the first of a row, in each row."""
        found: dict[tuple[int, int], list[Word]] = defaultdict(list)
        for word in words:
            x, y = (word.left + word.right) / 2, (word.bottom + word.top) / 2
            found[self._first(_between(self.ys, y), _between(self.xs, x))].append(word)
        rows = []
        for row in range(len(self.ys) - 2, -1, -1):
            cells = [self._text(found, row, column) for column in range(len(self.xs) - 1)]
            if any(cells):
                rows.append(cells)
        filled = [any(row[column] for row in rows) for column in range(len(self.xs) - 1)]
        return [[cell for cell, full in zip(row, filled, strict=True) if full] for row in rows]

    def _text(self, found: dict[tuple[int, int], list[Word]], row: int, column: int) -> str:
        top, left = self._first(row, column)
        return joined(found.get((top, left), ())) if left == column else ""

    def _first(self, row: int, column: int) -> tuple[int, int]:
        """The uppermost and leftmost of the cells that are one with this one."""
        middle = (self.ys[row] + self.ys[row + 1]) / 2
        while column > 0 and not _crosses(self.rules.vertical, self.xs[column], middle):
            column -= 1
        middle = (self.xs[column] + self.xs[column + 1]) / 2
        while row < len(self.ys) - 2 and not _crosses(self.rules.horizontal, self.ys[row + 1], middle):
            row += 1
        return row, column


def tables_of(rules: Rules) -> list[RuledTable]:
    """The tables that rules draw."""
    horizontal, vertical = _merged(rules.horizontal), _merged(rules.vertical)
    if len(horizontal) > _MOST or len(vertical) > _MOST:
        return []
    found = []
    for across, down in _groups(horizontal, vertical):
        xs, ys = _places(down), _places(across)
        if len(xs) >= _FEWEST and len(ys) >= _FEWEST and len(xs) * len(ys) <= _MOST_CELLS:
            found.append(RuledTable(xs, ys, Rules(across, down, [])))
    return found


def _merged(rules: Sequence[Rule]) -> list[Rule]:
    """Pieces of one rule become one; so do both edges of a thin bar."""
    lines: list[list[Rule]] = []
    for rule in sorted(rules):
        if lines and rule.place - lines[-1][0].place <= _NEAR:
            lines[-1].append(rule)
        else:
            lines.append([rule])
    return [piece for line in lines for piece in _joined_pieces(line)]


def _joined_pieces(line: Sequence[Rule]) -> list[Rule]:
    place = sum(rule.place for rule in line) / len(line)
    pieces: list[Rule] = []
    for rule in sorted(line, key=lambda one: one.start):
        if pieces and rule.start <= pieces[-1].end + _NEAR:
            pieces[-1] = Rule(place, pieces[-1].start, max(pieces[-1].end, rule.end))
        else:
            pieces.append(Rule(place, rule.start, rule.end))
    return pieces


def _groups(horizontal: Sequence[Rule], vertical: Sequence[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Rules that meet, directly or by others."""
    left = set(range(len(vertical)))
    waiting = set(range(len(horizontal)))
    groups = []
    while waiting:
        across, down, new = [waiting.pop()], [], [-1]
        while new:
            new = [v for v in left if any(_meet(horizontal[h], vertical[v]) for h in across)]
            left.difference_update(new)
            down += new
            more = [h for h in waiting if any(_meet(horizontal[h], vertical[v]) for v in new)]
            waiting.difference_update(more)
            across += more
        groups.append(([horizontal[h] for h in across], [vertical[v] for v in down]))
    return groups


def _meet(across: Rule, down: Rule) -> bool:
    return (
        across.start - _NEAR <= down.place <= across.end + _NEAR
        and down.start - _NEAR <= across.place <= down.end + _NEAR
    )


def _places(rules: Iterable[Rule]) -> tuple[float, ...]:
    places: list[float] = []
    for place in sorted(rule.place for rule in rules):
        if not places or place - places[-1] > _NEAR:
            places.append(place)
    return tuple(places)


def _crosses(rules: Sequence[Rule], place: float, at: float) -> bool:
    return any(abs(rule.place - place) <= _NEAR and rule.start <= at <= rule.end for rule in rules)


def _between(places: Sequence[float], at: float) -> int:
    return min(max(bisect_right(places, at) - 1, 0), len(places) - 2)
