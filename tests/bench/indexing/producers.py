"""Run by markitdown's own interpreter: documents made by the libraries that companies' programs make theirs with.

In: a folder, and what the documents should say as JSON. Out: the files that were made, and by what, as JSON.
"""

import json
import sys
from pathlib import Path
from typing import Any

_FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"


def word(path: Path, said: dict[str, Any]) -> str:
    """With python-docx."""
    import docx  # type: ignore[import-not-found]  # it lives beside markitdown

    made = docx.Document()
    made.add_heading(said["title"], 1)
    made.add_paragraph("Before.")
    made.add_heading(said["heading"], 2)
    made.add_paragraph(said["text"])
    for item in said["items"]:
        made.add_paragraph(item, style="List Bullet")
    table = made.add_table(0, len(said["rows"][0]))
    for row in said["rows"]:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    made.save(str(path))
    return "python-docx"


def slides(path: Path, said: dict[str, Any]) -> str:
    """With python-pptx."""
    import pptx  # type: ignore[import-not-found]  # it lives beside markitdown
    from pptx.util import Inches  # type: ignore[import-not-found]  # it lives beside markitdown

    made = pptx.Presentation()
    for title, lines in ((said["title"], ["Before."]), (said["heading"], [*said["items"], said["text"]])):
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = "\n".join(lines)
    rows = said["rows"]
    shape = slide.shapes.add_table(len(rows), len(rows[0]), Inches(1), Inches(5), Inches(6), Inches(1))
    for row, cells in enumerate(rows):
        for column, text in enumerate(cells):
            shape.table.cell(row, column).text = text
    made.save(str(path))
    return "python-pptx"


def workbook(path: Path, said: dict[str, Any]) -> str:
    """With openpyxl."""
    import openpyxl  # type: ignore[import-untyped]  # it lives beside markitdown

    made = openpyxl.Workbook()
    made.active.title = said["heading"]
    for row in said["rows"]:
        made.active.append(row)
    words = made.create_sheet("Words")
    words.append(["Text"])
    words.append([said["text"]])
    made.save(str(path))
    return "openpyxl"


def printed(path: Path, said: dict[str, Any]) -> str:
    """With reportlab, once with rules around the cells of its table and once without."""
    from reportlab.lib import styles  # type: ignore[import-untyped]  # it lives beside markitdown
    from reportlab.pdfbase import pdfmetrics, ttfonts  # type: ignore[import-untyped]  # it lives beside markitdown
    from reportlab.platypus import (  # type: ignore[import-untyped]  # it lives beside markitdown
        ListFlowable,
        PageBreak,
        Paragraph,
        SimpleDocTemplate,
        Table,
    )

    pdfmetrics.registerFont(ttfonts.TTFont("Said", _FONT))
    sheet = styles.getSampleStyleSheet()
    normal, large = (sheet[name].clone(name, fontName="Said") for name in ("Normal", "Heading1"))
    ruled = [("GRID", (0, 0), (-1, -1), 0.5, "black")] if "ruled" in path.name else []
    table = Table(said["rows"], style=[("FONT", (0, 0), (-1, -1), "Said"), *ruled])
    listed = [Paragraph(item, normal) for item in said["items"]]
    SimpleDocTemplate(str(path), title=said["title"]).build(
        [
            Paragraph(said["title"], large), Paragraph("Words before it all that fill a line of the page.", normal),
            PageBreak(), Paragraph(said["heading"], large), Paragraph(said["text"], normal),
            ListFlowable(listed, bulletType="bullet"), table,
        ]
    )  # fmt: skip
    return "reportlab"


_MAKERS = {
    "word.docx": word,
    "slides.pptx": slides,
    "book.xlsx": workbook,
    "ruled.pdf": printed,
    "unruled.pdf": printed,
}

if __name__ == "__main__":
    folder, content = Path(sys.argv[1]), json.load(sys.stdin)
    by: dict[str, str] = {}
    for name, make in _MAKERS.items():
        try:
            by[name] = make(folder / name, content)
        except (ImportError, OSError) as error:  # the others are compared all the same
            print(f"{name}: {error}", file=sys.stderr)
    json.dump(by, sys.stdout)
