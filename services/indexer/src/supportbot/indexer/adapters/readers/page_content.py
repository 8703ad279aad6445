"""What stands on a page of a PDF: lines and tables, in the order in which they were written."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from supportbot.indexer.adapters.readers.aligned_tables import aligned_tables
from supportbot.indexer.adapters.readers.page_words import Rules, Word, rules_of, words_of
from supportbot.indexer.adapters.readers.ruled_tables import RuledTable, tables_of
from supportbot.indexer.adapters.tables import names_columns

_LONGEST_CELL: Final = 1_500
"""Characters: with a longer one it is a page set in boxes, and no table."""
_SAME_LINE: Final = 0.5
"""Share of the height that words of one line have in common."""
_BEFORE_DOT: Final = 25.0
"""Points from a bullet to its item at most."""
_BULLET: Final = "•"
_SOFT_HYPHEN: Final = "\u00ad"


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """Words beside each other; the words themselves are forgotten, as there are a million in a long document."""

    text: str
    left: float
    middle: float
    """At which height it stands, by its first word."""
    size: float
    """Of most of its letters: a bullet may be larger."""
    letter: float
    """The width of a letter."""
    bold: bool
    """Whether all of it is."""
    fixed: bool
    """Whether all of it is set in a typewriter's letters."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of as many cells each."""

    rows: list[list[str]]
    named: bool
    """Whether the first row says what the columns are."""


@dataclass(slots=True)
class PageContent:
    """A page."""

    number: int
    parts: list[Line | Table] = field(default_factory=list)

    @property
    def lines(self) -> list[Line]:
        """Those that stand in no table."""
        return [part for part in self.parts if isinstance(part, Line)]

    @property
    def text(self) -> str:
        """Its lines."""
        return "\n".join(line.text for line in self.lines)


def content_of(page: Any, number: int) -> PageContent:
    """What stands on a page."""
    words = words_of(page)
    rules = rules_of(page) if words else Rules([], [], [])
    tables = tables_of(rules)
    homes = [_home(tables, word) for word in words]
    rows: dict[int, Table] = {}
    for place, table in enumerate(tables):
        found = table.rows([word for word, home in zip(words, homes, strict=True) if home == place])
        if _is_table(found):
            rows[place] = Table(found, names_columns(found))
    content = PageContent(number)
    loose: list[Word] = []
    told: set[int] = set()
    for word, home in zip(words, homes, strict=True):
        if home not in rows:
            loose.append(word)
        elif home not in told:
            content.parts += _parts(loose, rules)
            content.parts.append(rows[home])
            loose = []
            told.add(home)
    content.parts += _parts(loose, rules)
    return content


def _home(tables: Sequence[RuledTable], word: Word) -> int:
    """The table in which a word stands; the smallest, where one is inside of another. -1: in none."""
    holding = [place for place, table in enumerate(tables) if table.holds(word)]
    return min(holding, key=lambda place: tables[place].xs[-1] - tables[place].xs[0], default=-1)


def _is_table(rows: Sequence[Sequence[str]]) -> bool:
    cells = [cell for row in rows for cell in row]
    return len(rows) > 1 and len(rows[0]) > 1 and max(map(len, cells)) <= _LONGEST_CELL


def _parts(words: Sequence[Word], rules: Rules) -> list[Line | Table]:
    """What stands in no table that is drawn."""
    parts: list[Line | Table] = []
    end = 0
    for table in aligned_tables(words, rules.horizontal):
        parts += [*_lines(words[end : table.begin], rules.dots), Table(table.rows, table.named)]
        end = table.end
    return [*parts, *_lines(words[end:], rules.dots)]


def _lines(words: Sequence[Word], dots: Sequence[tuple[float, float]]) -> list[Line]:
    lines: list[list[Word]] = []
    for word in words:
        if lines and _goes_on(lines[-1][-1], word):
            lines[-1].append(word)
            continue
        before = [x for x, y in dots if word.bottom < y < word.top and 0 < word.left - x <= _BEFORE_DOT]
        bullet = [word._replace(text=_BULLET, left=x, right=x) for x in before[:1]]
        lines.append([*bullet, word])
    return [_line(line) for line in lines]


def _line(words: Sequence[Word]) -> Line:
    last = words[-1]
    letters: Counter[float] = Counter()
    for word in words:
        letters[word.size] += len(word.text)
    return Line(
        text=" ".join(word.text for word in words),
        left=words[0].left,
        middle=(words[0].bottom + words[0].top) / 2,
        size=letters.most_common(1)[0][0],
        letter=max(last.right - last.left, 0.0) / len(last.text) or 1.0,
        bold=all(word.bold for word in words),
        fixed=all(word.fixed for word in words),
    )


def _goes_on(before: Word, word: Word) -> bool:
    """Whether a word stands on the line of the one before, to the right of it."""
    common = min(before.top, word.top) - max(before.bottom, word.bottom)
    lower = min(before.top - before.bottom, word.top - word.bottom)
    return common >= _SAME_LINE * lower and word.left >= before.left and not before.text.endswith(_SOFT_HYPHEN)
