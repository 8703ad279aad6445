"""Puts headings and blocks, in the order in which a parser meets them, into sections."""

from collections.abc import Sequence

from supportbot.indexer.domain.parsed import Block, BlockKind, Section

LONGEST_HEADING = 200
"""A longer heading is a paragraph in disguise: stored in front of every passage it would drown them."""


class Outline:
    """Collects a document. A leading heading of the first level is its title, unless it already has one."""

    def __init__(self, title: str = "") -> None:
        self.title = title
        self.page = 0
        """The page of what is added next."""
        self._heading_page = 0
        self._path: list[tuple[int, str, str]] = []
        """Level, text and anchor of each heading."""
        self._blocks: list[Block] = []
        self._sections: list[Section] = []

    def heading(self, level: int, text: str, anchor: str = "") -> None:
        """Begin a section below the nearest heading of a higher level."""
        text = " ".join(text.split())
        if len(text) > LONGEST_HEADING:
            self.add("paragraph", [text])
        elif text and not self._is_title(level, text):
            self._end_section()
            self.leave(level)
            self._path.append((level, text, anchor))
            self._heading_page = self.page

    def add(self, kind: BlockKind, parts: Sequence[str]) -> None:
        """Add a block to the current section."""
        filled = tuple(part.rstrip() for part in parts if part.strip())
        if filled:
            self._blocks.append(Block(kind, filled, self.page))

    def leave(self, level: int) -> None:
        """End all sections of this level and below it."""
        if self._path and self._path[-1][0] >= level:
            self._end_section()
        while self._path and self._path[-1][0] >= level:
            self._path.pop()

    def finish(self) -> tuple[Section, ...]:
        """All sections. One without blocks is there only if no section below it names its heading."""
        self._end_section()
        following: list[Section | None] = [*self._sections, None][1:]
        return tuple(
            section
            for section, after in zip(self._sections, following, strict=True)
            if section.blocks or not _is_below(after, section)
        )

    def _is_title(self, level: int, text: str) -> bool:
        first = level == 1 and not (self._path or self._blocks or self._sections)
        if first and not self.title:
            self.title = text
        return first and self.title == text

    def _end_section(self) -> None:
        if self._blocks or (self._path and not self._is_stored()):
            path = tuple(text for _, text, _ in self._path)
            anchor = self._path[-1][2] if self._path else ""
            self._sections.append(Section(path, tuple(self._blocks), self._heading_page, anchor))
            self._blocks = []

    def _is_stored(self) -> bool:
        """Whether the current path was stored before, which is so after `leave`."""
        path = tuple(text for _, text, _ in self._path)
        return bool(self._sections) and self._sections[-1].headings[: len(path)] == path


def _is_below(section: Section | None, above: Section) -> bool:
    depth = len(above.headings)
    return section is not None and len(section.headings) > depth and section.headings[:depth] == above.headings
