"""Markdown's block structure, read from the parser's flat list of tokens, so that no nesting is too deep."""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from supportbot.indexer.adapters.markdown_inline import plain, without_tags
from supportbot.indexer.adapters.tables import table_rows
from supportbot.indexer.domain.outline import Outline
from supportbot.indexer.domain.parsed import BlockKind

_DEEPEST: Final = 100
_LONGEST_INLINE: Final = 10_000
"""Characters of a paragraph whose marks are read; the parser needs quadratic time for hostile ones."""
_USED: Final = "  "


def read_blocks(text: str, outline: Outline) -> None:
    """Add everything that a Markdown text says to an outline."""
    parser = _parser()
    environment: dict[str, Any] = {}
    tokens = parser.parse(text, environment)
    _Reader(parser, environment, outline).read(iter(tokens))


@cache
def _parser() -> MarkdownIt:
    """Used once before it is shared by threads: it puts its rules together at its first use."""
    parser = _Markdown("commonmark", {"maxNesting": _DEEPEST}).enable(["table", "strikethrough"]).disable("inline")
    parser.parse("")
    parser.inline.parse("*", parser, {}, [])
    return parser


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802  # the base's signature
        """Every link is a link; whether its address is shown is decided where it is read."""
        return True


class _Reader:
    def __init__(self, parser: MarkdownIt, environment: dict[str, Any], outline: Outline) -> None:
        self._parser = parser
        self._environment = environment
        self._outline = outline
        self._items: list[list[str]] = []
        """The lines of each item: put together at the end, as a text that grows line by line is copied every time."""
        self._marks: list[str] = []
        """Marks of the list items that are open, outermost first; the first line of an item uses its mark up."""
        self._lists = 0

    def read(self, tokens: Iterator[Token]) -> None:
        for token in tokens:
            match token.type:
                case "heading_open":
                    self._heading(int(token.tag[1]), self._inline(next(tokens)))
                case "table_open":
                    self._add("table", self._table(tokens))
                case "inline":
                    self._add("paragraph", [self._inline(token)])
                case "fence" | "code_block":
                    self._add("code", token.content.rstrip("\n").split("\n"))
                case "html_block":
                    self._add("paragraph", [without_tags(token.content).strip()])
                case _:
                    self._follow_lists(token)

    def _follow_lists(self, token: Token) -> None:
        match token.type:
            case "list_item_open":
                self._marks.append(f"{token.info}. " if token.info else "- ")
            case "list_item_close":
                self._marks.pop()
            case "bullet_list_open" | "ordered_list_open":
                self._lists += 1
            case "bullet_list_close" | "ordered_list_close":
                self._lists -= 1
                if not self._lists:
                    self._outline.add("list", ["\n".join(item) for item in self._items])
                    self._items = []

    def _heading(self, level: int, text: str) -> None:
        if self._marks:
            self._add("paragraph", [text])
        else:
            self._outline.heading(level, text)

    def _add(self, kind: BlockKind, parts: list[str]) -> None:
        if not self._marks:
            self._outline.add(kind, parts)
            return
        for line in (line for part in parts for line in part.split("\n") if line.strip()):
            text = "  " * (len(self._marks) - 1) + self._marks[-1] + line
            if self._marks[0] != _USED or not self._items:
                self._items.append([text])
            else:
                self._items[-1].append(text)
            self._marks[0] = self._marks[-1] = _USED

    def _inline(self, token: Token) -> str:
        if len(token.content) > _LONGEST_INLINE:
            return token.content
        children: list[Token] = []
        self._parser.inline.parse(token.content, self._parser, self._environment, children)
        return plain(children).strip()

    def _table(self, tokens: Iterator[Token]) -> list[str]:
        rows: list[list[str]] = []
        for token in tokens:
            if token.type == "table_close":
                break
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append(self._inline(token))
        return table_rows(rows[0], rows[1:])
