"""What a browser prints to PDF is read as the page was: a producer that companies use, and not one of our own."""

import asyncio
import shutil
from pathlib import Path

import pytest

from supportbot.indexer.adapters.formats import read_document
from supportbot.indexer.domain.parsed import ParsedDocument

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="needs Chromium"),
]
SENTENCE = "Курьер привозит посылку в рабочие дни и звонит за час до приезда, the courier rings before he comes. "
ROWS = "".join(f"<tr><td>Way {n}</td><td>{100 + n} ₽</td></tr>" for n in range(60))
PAGE = f"""<!doctype html><meta charset="utf-8"><title>Delivery and returns</title>
<style>table {{border-collapse: collapse}} td, th {{border: 1px solid}} section {{column-count: 2}}</style>
<h1>Delivery and returns</h1><p>{SENTENCE * 3}</p>
<h2>Prices</h2><table><thead><tr><th>Way</th><th>Price</th></tr></thead>{ROWS}</table>
<h2>Returns</h2><ul><li>By post<ul><li>by air</li></ul></li><li>In the shop</li></ul>
<ol><li>Pack it</li><li>Send it</li></ol><pre>curl https://shop.example
  -d x=1</pre>
<h2>Columns</h2><section><p>{SENTENCE * 4}</p><p>{SENTENCE * 4}</p></section>"""


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> ParsedDocument:
    return read_document("delivery.pdf", asyncio.run(_printed(tmp_path_factory.mktemp("printed"))))


async def _printed(folder: Path) -> bytes:
    page, made = folder / "page.html", folder / "page.pdf"
    page.write_text(PAGE, encoding="utf-8")
    assert BROWSER is not None
    browser = await asyncio.create_subprocess_exec(
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}",
        f"--print-to-pdf={made}", page.as_uri(),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert await browser.wait() == 0
    return made.read_bytes()


def texts(document: ParsedDocument, heading: str, kind: str) -> list[str]:
    return [
        block.text
        for section in document.sections
        if section.headings == ((heading,) if heading else ())
        for block in section.blocks
        if block.kind == kind
    ]


def test_headings_are_those_of_the_page(printed: ParsedDocument) -> None:
    assert printed.title == "Delivery and returns"
    assert [section.headings for section in printed.sections] == [(), ("Prices",), ("Returns",), ("Columns",)]


def test_no_word_is_glued_to_the_next_at_the_end_of_a_line(printed: ParsedDocument) -> None:
    assert texts(printed, "", "paragraph") == [(SENTENCE * 3).strip()]


def test_columns_are_read_one_after_the_other(printed: ParsedDocument) -> None:
    assert " ".join(texts(printed, "Columns", "paragraph")) == (SENTENCE * 8).strip()


def test_every_row_of_a_table_over_two_pages_names_its_cells(printed: ParsedDocument) -> None:
    rows = "\n".join(texts(printed, "Prices", "table")).split("\n")
    assert rows == [f"- Way: Way {n}; Price: {100 + n} ₽" for n in range(60)]
    assert {block.page for section in printed.sections for block in section.blocks if block.kind == "table"} == {1, 2}


def test_lists_and_code_are_kept(printed: ParsedDocument) -> None:
    assert (
        "\n".join(texts(printed, "Returns", "list")) == "- By post\n  - by air\n- In the shop\n1. Pack it\n2. Send it"
    )
    assert texts(printed, "Returns", "code") == ["curl https://shop.example\n  -d x=1"]
