"""A document after it was read, whatever its format was: a title, and sections made of blocks."""

from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["paragraph", "list", "table", "code"]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a list, table or code whose items, rows or lines are its parts."""

    kind: BlockKind
    parts: tuple[str, ...]
    page: int = 0
    """The page or slide on which it begins, counted from 1; 0 where there are none."""

    @property
    def text(self) -> str:
        """The block as it is read."""
        return "\n".join(self.parts)


@dataclass(frozen=True, slots=True)
class Section:
    """What stands below one heading, without what stands below its subheadings."""

    headings: tuple[str, ...]
    """The path from the top: the last one is the section's own. Empty before the first heading."""
    blocks: tuple[Block, ...]
    page: int = 0
    """The page of its heading."""
    anchor: str = ""
    """By which an address leads to its heading, without the `#`; empty where there is none."""


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A document as all formats have it in common."""

    title: str
    sections: tuple[Section, ...]
    source: str = ""
    """The address at which readers find it, where the document itself names one."""
    warnings: tuple[str, ...] = ()
