"""A first look over a web page: where its content is, what it calls itself, which tables are tables."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
SILENT: Final = frozenset({"script", "style", "template", "svg", "iframe", "select", "object", "noscript", "textarea"})
CHROME: Final = frozenset({"nav", "footer", "aside", "header"})
_TITLES: Final = {"og:title", "twitter:title"}
_ADDRESSES: Final = {"og:url"}


@dataclass(slots=True)
class Survey:
    """What `scope_of` and the reader need to know before the second look."""

    title: str = ""
    named: str = ""
    """The title for sharing, which lacks the site's name."""
    address: str = ""
    seen: dict[str, int] = field(default_factory=dict)
    layout_tables: set[int] = field(default_factory=set)
    """Tables, counted from 0, that only arrange the page: they hold headings or other tables."""
    linked: int = 0
    unlinked: int = 0
    """Characters of text inside and outside of links."""

    @property
    def scope(self) -> str:
        """The element that holds the content and nothing else; empty where the page does not say."""
        return next((tag for tag in ("main", "article") if self.seen.get(tag) == 1), "")

    @property
    def is_full_of_links(self) -> bool:
        """Whether a good part of the page is menus."""
        return self.seen.get("a", 0) >= 10 and self.linked > 0.2 * (self.linked + self.unlinked)  # noqa: PLR2004


class Surveyor:
    """Target of the HTML parser: hears about tags and text in their order."""

    def __init__(self) -> None:
        self.found = Survey()
        self._tables: list[int] = []
        self._count = 0
        self._links = 0
        self._silent = 0
        self._in_title = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = content_tag(tag, attributes)
        self.found.seen[name] = self.found.seen.get(name, 0) + 1
        if tag == "table":
            self.found.layout_tables.update(self._tables[-1:])  # those around it were noted before
            self._tables.append(self._count)
            self._count += 1
        elif tag in HEADINGS:
            self.found.layout_tables.update(self._tables[-1:])
        elif tag == "meta" or (tag == "link" and attributes.get("rel") == "canonical"):
            self._note_meta(attributes)
        self._in_title = tag == "title" and not self.found.title
        self._links += tag == "a"
        self._silent += tag in SILENT

    def end(self, tag: str) -> None:
        if tag == "table" and self._tables:
            self._tables.pop()
        self._in_title = False
        self._links -= tag == "a"
        self._silent -= tag in SILENT

    def data(self, text: str) -> None:
        if self._in_title:
            self.found.title += text
        elif not self._silent:
            length = len(text.strip())
            self.found.linked += length if self._links else 0
            self.found.unlinked += 0 if self._links else length

    def comment(self, text: str) -> None:
        """Comments say nothing to readers."""

    def close(self) -> Survey:
        return self.found

    def _note_meta(self, attributes: dict[str, str]) -> None:
        name = attributes.get("property") or attributes.get("name") or ""
        if name in _TITLES and not self.found.named:
            self.found.named = attributes.get("content", "").strip()
        address = attributes.get("content" if name in _ADDRESSES else "href", "").strip()
        if re.match(r"https?://[^\s/]", address) and not self.found.address:
            self.found.address = address


def content_tag(tag: str, attributes: Any) -> str:
    """The tag, where an element's role says that it is another one."""
    return {"main": "main", "navigation": "nav"}.get(attributes.get("role", ""), tag)
