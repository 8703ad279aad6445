"""Web pages are read for their content: menus and scripts go, headings, lists and tables stay."""

import pytest

from supportbot.common.ids import DocumentId
from supportbot.indexer.adapters.formats import read_document
from supportbot.indexer.adapters.html import read_html
from supportbot.indexer.domain.chunking import chunk_parsed
from supportbot.indexer.domain.documents import UnreadableDocumentError
from supportbot.indexer.domain.parsed import Block, ParsedDocument

PAGE = """<!doctype html><html><head><title>Delivery — Acme Help</title>
<link rel="canonical" href="https://example.com/delivery"><style>p {}</style></head><body>
<header><a href="/">Home</a></header><nav><ul><li>Menu</li></ul></nav>
<div><h1>Delivery</h1><p>We deliver to <b>every</b> region<br>of the country.</p>
<h2>Courier</h2><table><tr><th>Method</th><th>Days</th></tr><tr><td>Courier</td><td>2</td></tr></table>
<h2>Pick-up</h2><ul><li>Bring your passport</li><li>Bring<ol><li>the order</li><li>the code</li></ol></li></ul>
<details><summary>How late?</summary><p>Until nine.</p></details><p>See you.</p></div>
<footer>Imprint</footer><script>track()</script></body></html>"""


def read(page: str) -> ParsedDocument:
    return read_html("help/delivery.html", page.encode())


def texts(document: ParsedDocument) -> list[str]:
    return [block.text for section in document.sections for block in section.blocks]


def test_a_page_becomes_its_headings_and_blocks() -> None:
    document = read(PAGE)
    assert (document.title, document.source) == ("Delivery", "https://example.com/delivery")
    assert [section.headings for section in document.sections] == [
        (),
        ("Courier",),
        ("Pick-up",),
        ("Pick-up", "How late?"),
        ("Pick-up",),
    ]
    assert texts(document) == [
        "We deliver to every region\nof the country.",
        "- Method: Courier; Days: 2",
        "- Bring your passport\n- Bring\n  1. the order\n  2. the code",
        "Until nine.",
        "See you.",
    ]


def test_a_page_without_a_heading_is_called_what_its_browser_tab_is_called() -> None:
    assert read("<title>Payment | Acme</title><p>By card.</p>").title == "Payment"
    assert read("<p>By card.</p>").title == "Delivery"


def test_only_what_is_marked_as_the_content_is_read() -> None:
    page = "<body><div>Cookies</div><main><header><h1>T</h1></header><p>In.</p></main><div>Chat</div></body>"
    assert (read(page).title, texts(read(page))) == ("T", ["In."])


def test_a_page_full_of_menus_is_reduced_to_its_text() -> None:
    menu = "<div class='menu'>" + "".join(f"<a href='/{n}'>Section number {n}</a>" for n in range(60)) + "</div>"
    text = "".join(
        f"<p>Paragraph {n} says something worth reading about returns, in a whole sentence.</p>" for n in range(9)
    )
    found = "\n".join(texts(read(f"<html><body>{menu}<div class='content'><h2>Returns</h2>{text}</div></body></html>")))
    assert "Paragraph 8 says" in found
    assert "Section number 7" not in found


def test_tables_that_only_arrange_the_page_are_not_read_as_tables() -> None:
    page = "<table><tr><td><h2>Left</h2><p>One.</p></td><td><p>Two.</p></td></tr></table>"
    assert texts(read(page)) == ["One.", "Two."]
    assert read(page).sections[0].headings == ("Left",)


def test_a_table_without_header_cells_keeps_its_first_row() -> None:
    page = "<table><tr><td>Mo</td><td>9-18</td></tr><tr><td>Su</td><td>closed</td></tr></table>"
    assert read(page).sections[0].blocks == (Block("table", ("- Mo; 9-18", "- Su; closed")),)


def test_questions_in_a_list_of_terms_are_headings() -> None:
    document = read("<dl><dt>How long?</dt><dd>A week.</dd><dt>Note</dt><dd>Not on Sundays.</dd></dl>")
    assert [(section.headings, [b.text for b in section.blocks]) for section in document.sections] == [
        (("How long?",), ["A week.", "Note", "Not on Sundays."]),
    ]


def test_the_encoding_that_a_page_names_is_used() -> None:
    page = "<meta charset='windows-1251'><h1>Доставка</h1><p>Быстро.</p>"
    assert read_html("a.html", page.encode("cp1251")).title == "Доставка"


@pytest.mark.parametrize("opened", ["<div>", "<ul><li>", "<table><tr><td>", "<b>", "<details>", "<blockquote>"])
def test_ten_thousand_levels_of_nesting_lose_no_text(opened: str) -> None:
    document = read("<body><nav>x</nav>" + opened * 10_000 + "deep text")
    assert "deep text" in "\n".join(texts(document))


def test_preformatted_text_keeps_its_lines() -> None:
    assert texts(read("<pre>one\n  two</pre>")) == ["one\n  two"]


@pytest.mark.parametrize("page", ["<p>", "<script>words</script>", "<!-- words -->", "<img src=x>"])
def test_a_page_without_words_is_refused(page: str) -> None:
    with pytest.raises(UnreadableDocumentError, match="No words"):
        read_document("a.html", page.encode())


@pytest.mark.parametrize("page", ["<", "<b", "</p></p>x", "<?xml version='1.0' encoding='utf-8'?><p>x</p>", "&#0;x"])
def test_broken_markup_is_read_as_far_as_it_goes(page: str) -> None:
    assert read(page).title


def test_cells_that_span_rows_and_columns_stay_below_their_headers() -> None:
    page = (
        "<table><tr><th>Region<th>City<th>Days<th>Note</tr>"
        "<tr><td rowspan=2>North<td>Murmansk<td>4<td rowspan='2'>by boat</tr>"
        "<tr><td>Vorkuta<td>6</tr>"
        "<tr><td colspan=2>Everywhere else<td>9<td>by post</tr></table>"
    )
    assert read(page).sections[0].blocks[0].parts == (
        "- Region: North; City: Murmansk; Days: 4; Note: by boat",
        "- Region: North; City: Vorkuta; Days: 6; Note: by boat",
        "- Region: Everywhere else; Days: 9; Note: by post",
    )


@pytest.mark.parametrize("span", ["rowspan=99999999999", "colspan=99999999999", "rowspan=-1", "colspan=x", "rowspan=0"])
def test_spans_that_make_no_sense_cost_nothing(span: str) -> None:
    page = f"<table><tr><td {span}>Mo<td>9-18</tr><tr><td>Su<td>closed</tr></table>"
    assert "closed" in read(page).sections[0].blocks[0].text


ANCHORS = """<link rel="canonical" href="https://example.com/help"><h1 id="top">Help</h1><p>Words.</p>
<section id="cards"><h2>Cards?</h2><p>We take cards.</p></section>
<h2 id="returns"><a id="inner"></a>Returns?</h2><p>Within 30 days.</p>
<h3>By post</h3><p>Send it back.</p><h2><a name="Где мы?"></a>Where we are</h2><p>In town.</p>
<p id="stray">And here.</p><h2>Opening hours</h2><p>Until nine.</p><h2 id="two words">Phone</h2><p>555.</p>"""


def test_a_passage_names_the_address_of_its_heading_where_the_page_gives_it_an_anchor() -> None:
    document = read(ANCHORS)
    assert {section.headings: section.anchor for section in document.sections} == {
        (): "",
        ("Cards?",): "cards",
        ("Returns?",): "inner",
        ("Returns?", "By post"): "",
        ("Where we are",): "",
        ("Opening hours",): "",
        ("Phone",): "",
    }
    sources = [passage.source for passage in chunk_parsed(DocumentId("help.html"), document)]
    assert sources[:3] == [f"https://example.com/help{anchor}" for anchor in ("", "#cards", "#inner")]


def test_an_anchor_in_other_letters_is_written_as_an_address_has_it() -> None:
    (section,) = read("<h1>Help</h1><h2 id='где-мы'>Where</h2><p>In town.</p>").sections
    assert section.anchor == "%D0%B3%D0%B4%D0%B5-%D0%BC%D1%8B"
