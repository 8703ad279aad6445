"""The same content in every format, made by the tests' own means, by libraries that programs use, and by a browser."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.documents.office import docx, epub, grid, heading, item, pptx, words, xlsx
from tests.documents.pdf import Page, pdf
from tests.documents.pdf import grid as ruled

TITLE: Final = "Guide"
TEXT: Final = "The courier rings an hour before he comes, and Курьер звонит за час до приезда."
ROWS: Final = (("Way", "Price"), ("Courier", "390"), ("Post", "190"))
ITEMS: Final = ("the passport", "the order number")
HEADING: Final = "Доставка and returns"
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
_PRINT_S: Final = 60.0


@dataclass(frozen=True)
class Made:
    """A document, by whom it was made, and which kinds of things it has none of."""

    path: Path
    by: str
    lacking: tuple[str, ...] = ("pages",)

    @property
    def name(self) -> str:
        """As the table calls it."""
        return f"{self.path.suffix} of {self.by}"


def by_hand(folder: Path) -> Iterator[Made]:
    """By the tests' own means."""
    body = [heading(1, TITLE), words("Before."), heading(2, HEADING), words(TEXT), *map(item, ITEMS), grid(ROWS)]
    pages = (
        Page([f"# {TITLE}", "Words before it all that fill a line of the first page of the guide."]),
        Page([f"# {HEADING}", TEXT, *(f"• {one}" for one in ITEMS)], drawn=ruled(ROWS)),
    )
    contents: dict[str, tuple[bytes, tuple[str, ...]]] = {
        "a.docx": (docx(*body), ("pages",)),
        "a.pptx": (pptx(("First", ["One", "Two"], ""), (HEADING, [*ITEMS, TEXT], "")), ("rows",)),
        "a.xlsx": (xlsx({HEADING: ROWS, "Words": [["Text"], [TEXT]]}), ("items", "pages")),
        "a.epub": (epub(TITLE, _html(f"<h1>{HEADING}</h1>")), ("pages",)),
        "a.pdf": (pdf(*pages, title=TITLE), ()),
    }
    for name, (content, lacking) in contents.items():
        (folder / name).write_bytes(content)
        yield Made(folder / name, "the tests", lacking)


def by_libraries(folder: Path, python: Path) -> Iterator[Made]:
    """By python-docx, python-pptx, openpyxl and reportlab, which live beside markitdown."""
    script = Path(__file__).with_name("producers.py")
    said = json.dumps({"title": TITLE, "heading": HEADING, "text": TEXT, "items": ITEMS, "rows": ROWS})
    done = subprocess.run(
        [str(python), str(script), str(folder)], input=said, capture_output=True, text=True, check=True
    )
    of_kind = {".docx": ("pages",), ".xlsx": ("items", "pages")}
    for name, by in json.loads(done.stdout).items():
        path = folder / name
        drawn = f", {path.stem}" if path.suffix == ".pdf" else ""
        yield Made(path, by + drawn, of_kind.get(path.suffix, ()))


def by_browser(folder: Path) -> Iterator[Made]:
    """By Chromium, where there is one: a page printed to PDF, its table with rules and without."""
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        return
    for name, style in (("ruled", "td{border:1px solid}"), ("unruled", "td{padding:4px 12px}")):
        page, made = folder / f"{name}.html", folder / f"{name}-printed.pdf"
        before = f"<h1>{TITLE}</h1><p>Words before it all.</p><h1 style='break-before:page'>{HEADING}</h1>"
        page.write_text(f"<!doctype html><meta charset=utf-8><style>{style}</style>{_html(before)}", encoding="utf-8")
        command = (browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}")
        subprocess.run(
            [*command, f"--print-to-pdf={made}", page.as_uri()], capture_output=True, check=True, timeout=_PRINT_S
        )
        yield Made(made, f"Chromium, {name}", ())


def _html(before: str) -> str:
    listed = "".join(f"<li>{one}</li>" for one in ITEMS)
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in ROWS)
    return f"{before}<p>{TEXT}</p><ul>{listed}</ul><table>{rows}</table>"
