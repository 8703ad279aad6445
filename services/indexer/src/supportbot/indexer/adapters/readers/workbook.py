"""The cells of a workbook, sheet by sheet, as somebody sees them who opens it: what is hidden there stays hidden."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from zipfile import ZipFile

from supportbot.indexer.adapters.readers.number_formats import NumberFormat, formats_of
from supportbot.indexer.adapters.readers.packages import RELATION, parsed_xml, part, related
from supportbot.indexer.domain.refusals import refusal

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_BOOK: Final = "xl/workbook.xml"
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_MOST_COLUMNS: Final = 16_384
_REPEATED: Final = 200
"""Characters of a cell that are said again in each row over which it goes."""
_MOST_MERGED: Final = 1_000
_YES: Final = ("1", "true")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook."""

    name: str
    part: str
    hidden: bool


@dataclass(slots=True)
class _Cells:
    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    is_filtered: bool = False


class Workbook:
    """An Excel workbook within its package."""

    def __init__(self, package: ZipFile) -> None:
        self._package = package
        self._root = parsed_xml(part(package, _BOOK))
        targets = dict(related(package, _BOOK))
        self._shared = list(_strings(package, _target(targets, "/sharedStrings")))
        styles = _target(targets, "/styles")
        self._formats = formats_of(parsed_xml(part(package, styles)) if styles else None)
        self._targets = targets
        settings = None if self._root is None else self._root.find(f"{_MAIN}workbookPr")
        self._from_1904 = settings is not None and settings.get("date1904") in _YES

    def sheets(self) -> list[Sheet]:
        """Its sheets with cells, in their order."""
        found = []
        for sheet in self._root.iter(f"{_MAIN}sheet") if self._root is not None else ():
            kind, target = self._targets.get(str(sheet.get(RELATION)), ("", ""))
            if kind.endswith("/worksheet"):
                hidden = sheet.get("state", "visible") != "visible"
                found.append(Sheet(str(sheet.get("name") or ""), target, hidden))
        return found

    def rows(self, sheet: Sheet) -> tuple[list[list[str]], bool]:
        """The rows of a sheet that have something in them, equally wide, and whether columns or rows are hidden."""
        cells = _Cells()
        for element in _elements(self._package, sheet.part):
            self._read(element, cells)
        _repeat_merged(cells)
        hidden = set() if cells.is_filtered else cells.hidden_rows
        shown = {number: row for number, row in sorted(cells.rows.items()) if number not in hidden}
        used = sorted({column for row in shown.values() for column in row} - cells.hidden_columns)
        rows = [[row.get(column, "") for column in used] for row in shown.values()]
        all_columns = {column for row in cells.rows.values() for column in row}
        left_out = bool(hidden & cells.rows.keys() or cells.hidden_columns & all_columns)
        return [row for row in rows if any(row)], left_out

    def _read(self, element: Any, cells: _Cells) -> None:
        match element.tag.removeprefix(_MAIN):
            case "row":
                number = _number(element, "r") or max(cells.rows, default=0) + 1
                if element.get("hidden") in _YES and not element.get("outlineLevel"):
                    cells.hidden_rows.add(number)
                values = self._row(element)
                if values:
                    cells.rows[number] = values
            case "col":
                if element.get("hidden") in _YES and not element.get("outlineLevel"):
                    first, last = _number(element, "min"), min(_number(element, "max"), _MOST_COLUMNS)
                    cells.hidden_columns.update(range(first, last + 1))
            case "filterColumn":
                cells.is_filtered = True
            case "mergeCell":
                ends = _REFERENCE.findall(str(element.get("ref") or ""))
                if len(ends) == 2 and len(cells.merged) < _MOST_MERGED:  # noqa: PLR2004  # the ends of a range
                    (left, top), (right, bottom) = ends
                    cells.merged.append((_column(left), int(top), _column(right), int(bottom)))

    def _row(self, element: Any) -> dict[int, str]:
        values: dict[int, str] = {}
        column = 0
        for cell in element.iterchildren(f"{_MAIN}c"):
            place = _REFERENCE.match(str(cell.get("r") or ""))
            column = _column(place[1]) if place else column + 1
            text = " ".join(self._value(cell).split())
            if text:
                values[column] = text
        return values

    def _value(self, cell: Any) -> str:
        kind, value = cell.get("t", "n"), cell.findtext(f"{_MAIN}v") or ""
        match kind:
            case "s":
                return self._shared[int(value)] if value.isdecimal() and int(value) < len(self._shared) else ""
            case "inlineStr":
                return _text(cell)
            case "b":
                return "true" if value == "1" else "false"
            case "e":
                return ""
            case "str" | "d":
                return str(value)
            case _:
                return self._shown(value, _number(cell, "s"))

    def _shown(self, value: str, style: int) -> str:
        try:
            number = float(value)
        except ValueError:
            return ""
        kind = self._formats[style] if style < len(self._formats) else NumberFormat()
        return kind.shown(number, from_1904=self._from_1904) if abs(number) < float("inf") else ""


def _repeat_merged(cells: _Cells) -> None:
    """What stands over several rows is said in each of them."""
    for left, top, _, bottom in cells.merged:
        text = cells.rows.get(top, {}).get(left, "")
        if text and len(text) <= _REPEATED:
            for number in range(top + 1, bottom + 1):
                if number in cells.rows:
                    cells.rows[number].setdefault(left, text)


def _strings(package: ZipFile, name: str) -> Iterator[str]:
    """Texts that cells share."""
    if name:
        for element in _elements(package, name):
            if element.tag == f"{_MAIN}si":
                yield _text(element)


def _elements(package: ZipFile, name: str) -> Iterator[Any]:
    """The elements of a part that say something, one at a time; each is forgotten once it was looked at."""
    from lxml import etree  # type: ignore[import-untyped]  # it ships no types

    wanted = [f"{_MAIN}{tag}" for tag in ("row", "col", "filterColumn", "mergeCell", "si")]
    try:
        with package.open(name) as file:
            options = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": True}
            for _, element in etree.iterparse(file, tag=wanted, **options):
                yield element
                element.clear(keep_tail=False)
                while element.getprevious() is not None:
                    del element.getparent()[0]
    except KeyError:
        return
    except etree.XMLSyntaxError as error:
        raise refusal("damaged", kind="xlsx") from error


def _text(element: Any) -> str:
    """The text of a string with its runs, without how it is pronounced."""
    pieces = element.iter(f"{_MAIN}t")
    return "".join(piece.text or "" for piece in pieces if piece.getparent().tag != f"{_MAIN}rPh")


def _target(targets: dict[str, tuple[str, str]], ending: str) -> str:
    return next((target for kind, target in targets.values() if kind.endswith(ending)), "")


def _column(letters: str) -> int:
    """`A` is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _number(element: Any, name: str) -> int:
    said = str(element.get(name) or "")
    return int(said) if said.isdecimal() else 0
