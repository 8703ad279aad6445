"""What of a document is still there after it was read: its words, headings, items, rows and pages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from supportbot.common.ids import DocumentId
from supportbot.indexer.adapters.reading import read_now
from tests.bench.indexing.making import HEADING, ITEMS, TEXT, Made

KINDS: Final = ("words", "headings", "items", "rows", "pages")
_LIMIT: Final = 10_000_000


@dataclass(frozen=True)
class Kept:
    """Which kinds of things are still there; None where the document has none of them."""

    marks: Mapping[str, bool | None]

    def __str__(self) -> str:
        said = {True: "kept", False: "lost", None: "–"}
        return ", ".join(f"{kind} {said[self.marks[kind]]}" for kind in KINDS)

    @property
    def share(self) -> float:
        """Of what there was."""
        known = [mark for mark in self.marks.values() if mark is not None]
        return 100 * sum(known) / len(known)


def ours(made: Made) -> Kept:
    """What the product keeps of one of these documents."""
    passages = read_now(DocumentId(made.path.name), made.path, _LIMIT).passages
    lines = [line.strip().removeprefix("## ") for passage in passages for line in passage.text.split("\n")]
    told = {
        "words": any(TEXT in line for line in lines),
        "headings": HEADING in lines or any(HEADING in (passage.title, *passage.headings) for passage in passages),
        "items": all(f"- {one}" in lines for one in ITEMS),
        "rows": any("Courier" in line and "390" in line and "Post" not in line for line in lines),
        "pages": any(passage.page == 2 and HEADING in passage.headings for passage in passages),
    }
    return _there(made, told)


def theirs(made: Made, told: str) -> Kept:
    """What is in a Markdown that another program made of one of these documents."""
    lines = [line.strip() for line in told.split("\n")]
    marks = {
        "words": TEXT in " ".join(told.split()),
        "headings": any(re.match(rf"#+ .*{HEADING}", line) for line in lines),
        "items": all(any(re.fullmatch(rf"[-*+] {one}", line) for line in lines) for one in ITEMS),
        "rows": any("Courier" in line and "390" in line for line in lines),
        "pages": re.search(r"(?:page|slide)[^\n]{0,12}\b2\b", told, re.IGNORECASE) is not None,
    }
    return _there(made, marks)


def _there(made: Made, marks: Mapping[str, bool]) -> Kept:
    return Kept({kind: None if kind in made.lacking else marks[kind] for kind in KINDS})
