"""Pages of PDF files are read as they are seen: headings, paragraphs, columns, lists, and the cells of tables."""

from supportbot.indexer.adapters.formats import read_document
from supportbot.indexer.domain.parsed import ParsedDocument
from tests.documents.pdf import Page, dot, grid, pdf, rule, written

LONG = "Parcels are delivered on working days between nine and eighteen, and the courier"


def read(*pages: Page) -> ParsedDocument:
    return read_document("m.pdf", pdf(*pages))


def outline(document: ParsedDocument) -> list[tuple[tuple[str, ...], str, str, int]]:
    return [
        (section.headings, block.kind, block.text, block.page)
        for section in document.sections
        for block in section.blocks
    ]


def texts(document: ParsedDocument) -> list[str]:
    return [text for _, _, text, _ in outline(document)]


def test_the_cells_of_a_table_say_what_they_are_on_its_next_page_too() -> None:
    first = grid([["Way", "Price"], ["Post", "190"], ["Courier", "390"]])
    document = read(Page(["# Prices"], drawn=first), Page(drawn=grid([["Pigeon", "900"], ["Boat", "20"]], top=780)))
    assert document.title == "Prices"
    assert outline(document) == [
        ((), "table", "- Way: Post; Price: 190\n- Way: Courier; Price: 390", 1),
        ((), "table", "- Way: Pigeon; Price: 900\n- Way: Boat; Price: 20", 2),
    ]


def test_a_cell_over_several_rows_is_said_in_each() -> None:
    made = grid([["Region", "City"], ["North", "Murmansk"], [None, "Vorkuta"]])
    assert texts(read(Page(drawn=made))) == ["- Region: North; City: Murmansk\n- Region: North; City: Vorkuta"]


def test_words_in_a_frame_are_no_table() -> None:
    frame = [rule(50, 700, 400, 700), rule(50, 600, 400, 600), rule(50, 600, 50, 700), rule(400, 600, 400, 700)]
    assert texts(read(Page(drawn=[*frame, written(60, 650, "Mind the gap")]))) == ["Mind the gap"]


def test_lines_of_a_paragraph_are_joined_by_spaces_and_words_that_were_cut_are_whole() -> None:
    document = read(Page(drawn=[written(60, 700, LONG), written(60, 686, "rings an hour before he comes.")]))
    assert texts(document) == [f"{LONG} rings an hour before he comes."]
    cut = read(Page(drawn=[written(60, 700, f"{LONG} de-"), written(60, 686, "livers them to the door.")]))
    assert texts(cut) == [f"{LONG} delivers them to the door."]


def test_columns_are_read_one_after_the_other_and_a_sentence_goes_on_in_the_next() -> None:
    left = [written(60, 700 - 14 * n, "Words of the left column that go on and on") for n in range(3)]
    right = [written(330, 700, "in the right one."), written(330, 660, "Another paragraph.")]
    assert texts(read(Page(drawn=[*left, *right]))) == [
        " ".join(["Words of the left column that go on and on"] * 3) + " in the right one.",
        "Another paragraph.",
    ]


def test_larger_type_is_a_heading_and_bold_type_one_below_it() -> None:
    lines = [written(60, 600 - 14 * n, f"Sentence number {n} says a little more about returns.") for n in range(12)]
    drawn = [
        written(60, 760, "Returns", size=20, bold=True),
        written(60, 720, "By post", size=11, bold=True),
        written(60, 700, "Send it back."),
        written(60, 660, "In the shop", size=11, bold=True),
        *lines,
    ]
    document = read(Page(drawn=drawn), Page(["# Prices"], drawn=[written(60, 600, "They are low.")]))
    assert [headings for headings, *_ in outline(document)] == [
        ("Returns", "By post"),
        ("Returns", "In the shop"),
        ("Prices",),
    ]


def test_bullets_are_items_whether_they_are_written_or_drawn() -> None:
    drawn = [
        dot(60, 704), written(70, 700, "Post"),
        dot(80, 690), written(90, 686, "by air"),
        written(60, 672, "• Courier"), written(68, 658, "who rings"),
    ]  # fmt: skip
    assert outline(read(Page(drawn=drawn))) == [((), "list", "- Post\n  - by air\n- Courier who rings", 1)]


def test_a_bullet_that_is_larger_than_its_item_makes_no_heading_of_it() -> None:
    drawn = [written(60, 700, "•", size=16), written(74, 700, "Post and all that belongs to it")]
    below = [written(60, 600 - 14 * n, f"Sentence number {n} says a little more about returns.") for n in range(12)]
    assert outline(read(Page(drawn=[*drawn, *below])))[0] == ((), "list", "- Post and all that belongs to it", 1)


def test_headings_of_one_size_are_two_where_they_stand_apart_and_one_where_they_do_not() -> None:
    lines = [written(60, 600 - 14 * n, f"Sentence number {n} says a little more about returns.") for n in range(12)]
    drawn = [
        written(60, 760, "How to send", size=18), written(60, 739, "back a parcel", size=18),
        written(60, 700, "By post", size=18), *lines,
    ]  # fmt: skip
    document = read(Page(drawn=drawn))
    assert document.title == "How to send back a parcel"
    assert [section.headings for section in document.sections] == [("By post",)]


def test_a_line_within_a_page_stays_whatever_stands_at_the_edges_of_others() -> None:
    said = "Returns take thirty days."
    pages = [
        Page([f"Acme, page {n}", f"What page number {n * 3} says.", said, f"And {n * 5} more."]) for n in (1, 2, 3)
    ]
    between = Page([*(f"What page number {n} says." for n in (41, 87, 13)), said, "One.", "Two.", "Three.", "Four."])
    kept = "\n".join(texts(read(*pages, between)))
    assert kept.count(said) == 4
    assert "Acme" not in kept


def test_numbered_items_keep_their_numbers() -> None:
    drawn = [written(60, 700, "How to return:"), written(60, 686, "1. Pack it."), written(60, 672, "2. Send it.")]
    assert outline(read(Page(drawn=drawn))) == [
        ((), "paragraph", "How to return:", 1),
        ((), "list", "1. Pack it.\n2. Send it.", 1),
    ]


def test_what_a_browser_prints_around_a_page_and_what_is_written_across_it_goes() -> None:
    around = [
        written(60, 820, "11/28/26, 12:23 AM Returns", size=8),
        written(60, 20, "https://shop.example/returns 1/1", size=8),
        written(300, 400, "CONFIDENTIAL", size=60, turned=True),
    ]
    assert texts(read(Page(drawn=[*around, written(60, 700, "Returns take 11/28/26, 12:23 AM hours.")]))) == [
        "Returns take 11/28/26, 12:23 AM hours."
    ]


def test_a_running_head_of_two_pages_goes() -> None:
    pages = [Page([f"Acme GmbH, page {n} of 2", f"What page number {n * 3} says."]) for n in (1, 2)]
    assert texts(read(*pages)) == ["What page number 3 says.", "What page number 6 says."]
