"""What of a document is still there after it was read: its words, headings, items, rows and pages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from supportbot.common.ids import DocumentId
from supportbot.indexer.adapters.reading import read_now
from tests.documents.office import docx, epub, grid, heading, item, pptx, words, xlsx
from tests.documents.pdf import Page, pdf
from tests.documents.pdf import grid as ruled

TEXT: Final = "The courier rings an hour before he comes, and Курьер звонит за час до приезда."
ROWS: Final = (("Way", "Price"), ("Courier", "390"), ("Post", "190"))
ITEMS: Final = ("the passport", "the order number")
HEADING: Final = "Доставка and returns"
KINDS: Final = ("words", "headings", "items", "rows", "pages")
LACKING: Final = {".xlsx": ("items", "pages"), ".pptx": ("rows",)}
"""Of each format: what this content has none of in it; of others the pages."""
_LIMIT: Final = 10_000_000


@dataclass(frozen=True)
class Kept:
    """Which kinds of things are still there; None where the format has none of them."""

    marks: Mapping[str, bool | None]

    def __str__(self) -> str:
        said = {True: "kept", False: "lost", None: "–"}
        return ", ".join(f"{kind} {said[self.marks[kind]]}" for kind in KINDS)

    @property
    def share(self) -> float:
        """Of what there was."""
        known = [mark for mark in self.marks.values() if mark is not None]
        return 100 * sum(known) / len(known)


def write_documents(folder: Path) -> list[Path]:
    """The same content in every format."""
    listed = "".join(f"<li>{one}</li>" for one in ITEMS)
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in ROWS)
    body = [heading(1, "Guide"), words("Before."), heading(2, HEADING), words(TEXT), *map(item, ITEMS), grid(ROWS)]
    made = {
        "a.docx": docx(*body),
        "a.pptx": pptx(("First", ["One", "Two"], ""), (HEADING, [*ITEMS, TEXT], "")),
        "a.xlsx": xlsx({HEADING: ROWS, "Words": [["Text"], [TEXT]]}),
        "a.epub": epub("Guide", f"<h1>{HEADING}</h1><p>{TEXT}</p><ul>{listed}</ul><table>{rows}</table>"),
        "a.pdf": pdf(
            Page(["# Guide", "Words before it all that fill a line of the first page of the guide."]),
            Page([f"# {HEADING}", TEXT, *(f"• {one}" for one in ITEMS)], drawn=ruled(ROWS)),
            title="Guide",
        ),
    }
    for name, content in made.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in made]


def ours(path: Path) -> Kept:
    """What the product keeps of one of these documents."""
    passages = read_now(DocumentId(path.name), path, _LIMIT).passages
    lines = [line.strip() for passage in passages for line in passage.text.split("\n")]
    told = {
        "words": any(TEXT in line for line in lines),
        "headings": HEADING in lines or any(HEADING in passage.headings for passage in passages),
        "items": all(f"- {one}" in lines for one in ITEMS),
        "rows": any("Courier" in line and "390" in line for line in lines),
        "pages": any(passage.page == 2 and HEADING in passage.headings for passage in passages),
    }
    return Kept(_there(path, told))


def theirs(path: Path, told: str) -> Kept:
    """What is in a Markdown that another program made of one of these documents."""
    lines = [line.strip() for line in told.split("\n")]
    marks = {
        "words": TEXT in " ".join(told.split()),
        "headings": any(re.match(rf"#+ .*{HEADING}", line) for line in lines),
        "items": all(any(re.fullmatch(rf"[-*+] {one}", line) for line in lines) for one in ITEMS),
        "rows": any("Courier" in line and "390" in line for line in lines),
        "pages": re.search(r"(?:page|slide)[^\n]{0,12}\b2\b", told, re.IGNORECASE) is not None,
    }
    return Kept(_there(path, marks))


def _there(path: Path, marks: Mapping[str, bool]) -> dict[str, bool | None]:
    return {kind: None if kind in LACKING.get(path.suffix, ("pages",)) else marks[kind] for kind in KINDS}
