"""A second look over a web page: its text as headings, paragraphs, lists and tables, without menus and scripts.

The parser calls it for every tag, so nothing here is recursive and no page is nested too deeply.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from supportbot.indexer.adapters.html_cells import Cells
from supportbot.indexer.adapters.html_survey import CHROME, HEADINGS, SILENT, Survey, content_tag
from supportbot.indexer.domain.outline import Outline

_SPACE: Final = re.compile(r"\s+")
_BLOCKS: Final = (
    frozenset(
        {
            "address",
            "article",
            "blockquote",
            "body",
            "caption",
            "center",
            "dd",
            "details",
            "div",
            "dl",
            "dt",
            "fieldset",
        }
        | {"figcaption", "figure", "form", "header", "hr", "html", "li", "main", "ol", "p", "pre", "section", "summary"}
        | {"table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "legend", "label", "option", "button"}
    )
    | HEADINGS
)
_HOLDERS: Final = HEADINGS | {"a", "article", "details", "div", "dt", "section", "span", "summary"}
"""What may carry the anchor of a heading: itself, what begins with it, or what stands in it."""
_LONGEST_ANCHOR: Final = 200
_ACCORDION: Final = 6
_DEEPEST_INDENT: Final = 8


class BlockReader:
    """Target of the HTML parser that fills an outline."""

    def __init__(self, survey: Survey, outline: Outline, scope: str, *, guess_headers: bool = False) -> None:
        """`guess_headers`: tables may have names of columns in their first row without marking them so."""
        self._guess_headers = guess_headers
        self._survey = survey
        self._outline = outline
        self._scope = scope
        self._inside = 0 if scope else 1
        self._hidden = 0
        self._open: list[str] = []
        self._text: list[str] = []
        self._preformatted = 0
        self._lists: list[int] = []
        """Of each open list: the number of its next item, 0 where it has none."""
        self._items: list[list[str]] = []
        """The lines of each item: put together at the end, as a text that grows line by line is copied every time."""
        self._mark = ""
        self._anchor = ""
        """Of the heading that comes next, if nothing else does."""
        self._tables = 0
        self._cells: Cells | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = content_tag(tag, attributes)
        self._open.append(name)
        if name == self._scope:
            self._inside += 1
        if self._is_left_out(name):
            self._hidden += 1
        elif self._sees and tag == "br":
            self._text.append("\n")
        elif self._sees and tag in _BLOCKS:
            self._flush()
            self._begin(tag, attributes)
        if self._sees and tag in _HOLDERS:
            self._anchor = _anchor(attributes) or self._anchor

    def end(self, tag: str) -> None:
        name = self._open.pop() if self._open else tag
        if self._is_left_out(name):
            self._hidden -= 1
        elif self._sees and tag in _BLOCKS:
            self._end(tag)
        if name == self._scope:
            self._flush()
            self._inside -= 1

    def data(self, text: str) -> None:
        if self._sees:
            self._text.append(text if self._preformatted else _SPACE.sub(" ", text))

    def comment(self, text: str) -> None:
        """Comments say nothing to readers."""

    def close(self) -> None:
        self._flush()
        self._end_list()

    @property
    def _sees(self) -> bool:
        return bool(self._inside) and not self._hidden

    def _is_left_out(self, name: str) -> bool:
        return (
            name in SILENT or name in {"head", "title"} or (name in CHROME and not (self._scope and name == "header"))
        )

    def _begin(self, tag: str, attributes: Mapping[str, str]) -> None:
        match tag:
            case "table":
                if self._tables not in self._survey.layout_tables and not self._lists and self._cells is None:
                    self._cells = Cells(guess_header=self._guess_headers)
                self._tables += 1
            case "tr" | "td" | "th" if self._cells is not None:
                self._cells.begin(tag, attributes)
            case "ul" | "ol":
                self._lists.append(int(tag == "ol"))
            case "li" if self._lists:
                number = self._lists[-1]
                self._mark = f"{number}. " if number else "- "
                self._lists[-1] += 1 if number else 0
            case "pre":
                self._preformatted += 1
            case "details":
                self._outline.leave(_ACCORDION)

    def _end(self, tag: str) -> None:
        if (tag in HEADINGS or tag in {"summary", "dt"}) and self._is_heading(tag):
            level = _ACCORDION if tag in {"summary", "dt"} else int(tag[1])
            self._outline.heading(level, self._take(), self._anchor)
            self._anchor = ""
            return
        self._flush()
        match tag:
            case "table" if self._cells is not None:
                self._outline.add("table", self._cells.rows())
                self._cells = None
            case "ul" | "ol" if self._lists:
                self._lists.pop()
                if not self._lists:
                    self._end_list()
            case "pre":
                self._preformatted -= 1
            case "details" | "dl":
                self._outline.leave(_ACCORDION)

    def _is_heading(self, tag: str) -> bool:
        """A term of a definition list is one only where it is a question."""
        free = not self._lists and self._cells is None
        return free and (tag != "dt" or "".join(self._text).rstrip().endswith("?"))

    def _take(self) -> str:
        lines = "".join(self._text).strip("\n") if self._preformatted else "".join(self._text).strip()
        self._text.clear()
        return lines

    def _flush(self) -> None:
        text = self._take()
        if not text.strip():
            return
        self._anchor = ""
        if self._cells is not None:
            self._cells.add(text)
        elif self._lists:
            self._add_to_list(text)
        elif self._preformatted:
            self._outline.add("code", text.split("\n"))
        else:
            self._outline.add("paragraph", [text])

    def _add_to_list(self, text: str) -> None:
        indent = "  " * min(len(self._lists) - 1, _DEEPEST_INDENT)
        line = indent + (self._mark or "  ") + text
        if (self._mark and len(self._lists) == 1) or not self._items:
            self._items.append([line])
        else:
            self._items[-1].append(line)
        self._mark = ""

    def _end_list(self) -> None:
        self._outline.add("list", ["\n".join(item) for item in self._items])
        self._items = []


def _anchor(attributes: Mapping[str, str]) -> str:
    """As an address has it; empty where there is none, or none that a browser would find."""
    given = (attributes.get("id") or attributes.get("name") or "").strip()
    return (
        quote(given, safe="-._~!$&'()*+,;=:@/?") if len(given) <= _LONGEST_ANCHOR and not _SPACE.search(given) else ""
    )
