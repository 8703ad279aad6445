"""Pages of PDF files are read as they are seen: headings, paragraphs, columns, lists, and the cells of tables."""

from collections.abc import Sequence

import pytest

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


ROWS = (("Way", "Price", "Days"), ("Courier", "390", "1"), ("Post", "190", "5"), ("Boat", "20", "40"))
PLACES = (60, 200, 300)


def aligned(rows: Sequence[Sequence[str]], *, top: float = 700, bold: bool = False) -> list[str]:
    """Rows of words in columns, without rules, as programs write them: cell by cell."""
    return [
        written(x, top - 18 * number, cell, bold=bold and not number)
        for number, row in enumerate(rows)
        for x, cell in zip(PLACES, row, strict=False)
        if cell
    ]


def kinds(*pages: Page) -> list[str]:
    return [kind for _, kind, _, _ in outline(read(*pages))]


def test_words_in_columns_are_a_table_though_no_rules_are_drawn() -> None:
    before, after = [written(60, 740, f"{LONG} rings.")], [written(60, 600, "All prices are in roubles.")]
    assert texts(read(Page(drawn=[*before, *aligned(ROWS), *after]))) == [
        f"{LONG} rings.",
        "- Way: Courier; Price: 390; Days: 1\n- Way: Post; Price: 190; Days: 5\n- Way: Boat; Price: 20; Days: 40",
        "All prices are in roubles.",
    ]


def test_such_a_table_goes_on_on_the_next_page() -> None:
    more = aligned([("Pigeon", "900", "2"), ("Raven", "800", "3"), ("Owl", "700", "1")])
    assert texts(read(Page(drawn=aligned(ROWS)), Page(drawn=more)))[1].startswith(
        "- Way: Pigeon; Price: 900; Days: 2\n"
    )


def test_a_first_row_that_does_not_stand_out_is_a_row_as_any_other() -> None:
    rows = [("Delivery", "By courier"), ("Payment", "By card"), ("Returns", "Within a month")]
    assert texts(read(Page(drawn=aligned(rows)))) == [
        "- Delivery; By courier\n- Payment; By card\n- Returns; Within a month"
    ]
    assert texts(read(Page(drawn=aligned(rows, bold=True)))) == [
        "- Delivery: Payment; By courier: By card\n- Delivery: Returns; By courier: Within a month"
    ]
    ruled = [*aligned(rows), rule(60, 694, 320, 694)]
    assert texts(read(Page(drawn=ruled)))[0].startswith("- Delivery: Payment;")


def test_a_cell_of_several_lines_is_one_and_an_empty_one_stays_empty() -> None:
    drawn = [
        written(60, 700, "Way"), written(200, 700, "Price"), written(300, 700, "Days"),
        written(60, 680, "Courier who"), written(60, 668, "rings"), written(200, 680, "390"), written(300, 680, "1"),
        written(60, 648, "Post"), written(300, 648, "as the mail"), written(300, 636, "pleases"),
        written(60, 616, "Boat"), written(200, 616, "20"), written(300, 616, "40"),
    ]  # fmt: skip
    assert texts(read(Page(drawn=drawn)))[0].split("\n") == [
        "- Way: Courier who rings; Price: 390; Days: 1",
        "- Way: Post; Days: as the mail pleases",
        "- Way: Boat; Price: 20; Days: 40",
    ]


def test_a_cell_that_fills_its_column_is_cut_from_the_next_as_its_neighbours_are() -> None:
    rows = [("Courier to the door", "390", "1"), ("Post", "190", "5"), ("Boat", "20", "40"), ("Raven", "9", "3")]
    drawn = [
        written(x, 700 - 18 * number, cell)
        for number, row in enumerate(rows)
        for x, cell in zip((60, 178, 300), row, strict=True)
    ]
    assert texts(read(Page(drawn=drawn))) == [
        "- Courier to the door; 390; 1\n- Post; 190; 5\n- Boat; 20; 40\n- Raven; 9; 3"
    ]


@pytest.mark.parametrize("marks", ["•••", "123", ("1.", "2.", "3."), ("a)", "b)", "c)")])
def test_a_list_whose_marks_stand_apart_is_no_table(marks: Sequence[str]) -> None:
    drawn = [
        part
        for number, mark in enumerate(marks)
        for part in (written(60, 700 - 14 * number, mark), written(90, 700 - 14 * number, f"Step {number} of all."))
    ]
    assert "table" not in kinds(Page(drawn=drawn))


def test_a_table_of_contents_is_no_table() -> None:
    rows = [("1.1 Delivery", f"of parcels {'. ' * 20} {number}") for number in range(1, 5)]
    assert "table" not in kinds(Page(drawn=aligned(rows)))


def test_columns_of_prose_are_no_table_in_whatever_order_they_were_written() -> None:
    said = "Words of one column that go on and on to its end"
    by_lines = [written(x, 700 - 14 * n, said, size=9) for n in range(8) for x in (60, 330)]
    by_columns = [written(x, 700 - 14 * n, said, size=9) for x in (60, 330) for n in range(8)]
    assert kinds(Page(drawn=by_columns)) == ["paragraph"]
    assert "table" not in kinds(Page(drawn=by_lines))


def test_wide_blanks_of_set_lines_make_no_table() -> None:
    lines = [(60, 150, 210, 330), (60, 110, 250, 380), (60, 190, 270, 300), (60, 130, 200, 350)]
    drawn = [
        written(x, 700 - 14 * number, word) for number, line in enumerate(lines)
        for x, word in zip(line, ("Parcels", "are", "sent", "when paid"), strict=True)
    ]  # fmt: skip
    assert kinds(Page(drawn=drawn)) == ["paragraph"]
