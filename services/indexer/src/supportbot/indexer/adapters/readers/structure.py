"""What kreuzberg makes of a document, as headings and blocks with their pages."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from supportbot.indexer.adapters.tables import table_rows
from supportbot.indexer.domain.lines import unwrapped
from supportbot.indexer.domain.outline import Outline

_MARK: Final = re.compile(r"^\s*(?:[•·▪◦‣●○■–—*-]|\(?\d{1,3}[.)])\s*(?=\S)")
_BULLET: Final = re.compile(r"^\s*[•·▪◦‣●○■]\s*(?=\S)")
_DEEPEST: Final = 8


class StructureReader:
    """Adds nodes, in the order of the document, to an outline."""

    def __init__(self, nodes: Sequence[Mapping[str, Any]], outline: Outline) -> None:
        self._nodes = nodes
        self._outline = outline
        self._items: list[list[str]] = []
        self._numbers: dict[int, int] = {}

    def read(self) -> None:
        """Add all nodes."""
        for node in self._nodes:
            self.add(node)
        self.finish()

    def add(self, node: Mapping[str, Any]) -> None:
        """Add the next node."""
        content = node["content"]
        kind = content["node_type"]
        text = str(content.get("text") or "").replace("\r", "")
        if kind in {"list_item", "definition_item"}:
            self._turn_to(node)
            self._item(node, text)
        elif kind == "paragraph" and _BULLET.match(text):
            self._turn_to(node)
            self._loose_items(text)
        elif kind not in {"list", "group", "page_break"}:
            self.finish()
            self._turn_to(node)
            self._block(kind, content, text)

    def finish(self) -> None:
        """Nothing follows on the list that is open."""
        if self._items:
            self._outline.add("list", ["\n".join(item) for item in self._items])
        self._items = []
        self._numbers = {}

    def _turn_to(self, node: Mapping[str, Any]) -> None:
        page = node.get("page")
        if page and not self._items:
            self._outline.page = page

    def _block(self, kind: str, content: Mapping[str, Any], text: str) -> None:
        match kind:
            case "title" | "heading":
                self._outline.heading(int(content.get("level") or 1), unwrapped(text).replace("\n", " "))
            case "code":
                self._outline.add("code", text.split("\n"))
            case "table":
                self._outline.add("table", rows_of(content.get("grid") or {}))
            case "image":
                pass  # its description is the name of a file more often than not
            case _:
                self._outline.add("paragraph", [unwrapped(text)])

    def _item(self, node: Mapping[str, Any], text: str) -> None:
        depth, ordered, parent = self._place(node)
        mark = "- "
        if ordered:
            self._numbers[parent] = self._numbers.get(parent, 0) + 1
            mark = f"{self._numbers[parent]}. "
        line = "  " * min(depth, _DEEPEST) + mark + unwrapped(_MARK.sub("", text)).replace("\n", " ")
        if depth == 0 or not self._items:
            self._items.append([line])
        else:
            self._items[-1].append(line)

    def _loose_items(self, text: str) -> None:
        """Lines that begin with a bullet are items, even where nobody marked them as a list."""
        for line in text.split("\n"):
            if _BULLET.match(line) or not self._items:
                self._items.append(["- " + _BULLET.sub("", line)])
            else:
                self._items[-1].append("  " + line)

    def _place(self, node: Mapping[str, Any]) -> tuple[int, bool, int]:
        """How deep an item is, whether its list is numbered, and which list that is."""
        depth, ordered, nearest = -1, False, -1
        parent = node.get("parent")
        while parent is not None and depth < _DEEPEST:
            content = self._nodes[parent]["content"]
            if content["node_type"] == "list":
                if depth < 0:
                    ordered, nearest = bool(content.get("ordered")), parent
                depth += 1
            parent = self._nodes[parent].get("parent")
        return max(depth, 0), ordered, nearest


def leading_title(nodes: Sequence[Mapping[str, Any]]) -> str:
    """The heading of the first level with which a document begins, if no other is like it."""
    said = [node["content"] for node in nodes if node["content"]["node_type"] != "group"]
    tops = [content for content in said if _is_top(content)]
    return " ".join(str(tops[0]["text"]).split()) if len(tops) == 1 and said[0] is tops[0] else ""


def _is_top(content: Mapping[str, Any]) -> bool:
    return content["node_type"] in {"title", "heading"} and content.get("level", 1) == 1


def rows_of(grid: Mapping[str, Any]) -> list[str]:
    """The rows of a table as text; empty ones are left out."""
    rows = cells_of(grid)
    return table_rows(rows[0], rows[1:]) if rows else []


def cells_of(grid: Mapping[str, Any]) -> list[list[str]]:
    """The cells of a table, row by row, without rows that are empty."""
    rows: dict[int, dict[int, str]] = {}
    for cell in grid.get("cells") or ():
        rows.setdefault(int(cell["row"]), {})[int(cell["col"])] = " ".join(str(cell.get("content") or "").split())
    width = int(grid.get("cols") or 0)
    full = [[row.get(column, "") for column in range(width)] for _, row in sorted(rows.items())]
    return [row for row in full if any(row)]
