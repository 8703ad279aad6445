"""A workbook is read as somebody sees it: per cent, money and dates, merged cells, and nothing that is hidden."""

import pytest

from supportbot.indexer.adapters.formats import read_document
from tests.documents.office import xlsx


def cell(place: str, value: str, style: int = 0) -> str:
    if style:
        return f'<c r="{place}" s="{style}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def sheet(*rows: str, before: str = "", after: str = "") -> str:
    return f"{before}<sheetData>{''.join(rows)}</sheetData>{after}"


def row(number: int, *cells: str, attributes: str = "") -> str:
    return f'<row r="{number}" {attributes}>{"".join(cells)}</row>'


def text_of(made: bytes) -> str:
    document = read_document("prices.xlsx", made)
    return "\n".join(block.text for section in document.sections for block in section.blocks)


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        ("0.15", "0%", "15%"),
        ("0.125", "0.00%", "12.5%"),
        ("1990", '#,##0.00\\ "₽"', "1990 ₽"),
        ("9.5", "[$$-409]#,##0.00", "$9.5"),
        ("9.5", "#,##0.00 [$€-407];[Red]-#,##0.00 [$€-407]", "9.5 €"),
        ("46054", "dd.mm.yyyy", "2026-02-01"),
        ("46054.5", "dd.mm.yyyy hh:mm", "2026-02-01 12:00"),
        ("0.395833333333333", "hh:mm", "09:30"),
        ("0.30000000000000004", "General", "0.3"),
        ("84950000001", "0", "84950000001"),
        ("46054", '0.0" мес."', "46054 мес."),
        ("5", "@", "5"),
    ],
)
def test_numbers_are_shown_as_their_cells_show_them(value: str, code: str, shown: str) -> None:
    made = sheet(row(1, cell("A1", "What"), cell("B1", "Value")), row(2, cell("A2", "It"), cell("B2", value, 1)))
    assert text_of(xlsx({"Prices": made}, formats=[code])) == f"- What: It; Value: {shown}"


def test_what_is_hidden_is_left_out_and_named() -> None:
    columns = '<cols><col min="2" max="2" hidden="1"/></cols>'
    rows = (
        row(1, cell("A1", "Item"), cell("B1", "Margin"), cell("C1", "Price")),
        row(2, cell("A2", "Lamp"), cell("B2", "70"), cell("C2", "100")),
        row(3, cell("A3", "Draft"), cell("C3", "0"), attributes='hidden="1"'),
    )
    made = xlsx({"Shop": sheet(*rows, before=columns), "Costs": [["Item", "Cost"], ["Lamp", "30"]]}, hidden=["Costs"])
    assert text_of(made) == "- Item: Lamp; Price: 100"
    assert read_document("a.xlsx", made).warnings == ("What is hidden in these sheets was left out: Shop, Costs.",)


def test_rows_that_a_filter_hides_or_a_group_folds_are_there() -> None:
    rows = (
        row(1, cell("A1", "Item"), cell("B1", "Price")),
        row(2, cell("A2", "Lamp"), cell("B2", "100"), attributes='hidden="1"'),
    )
    filtered = '<autoFilter ref="A1:B2"><filterColumn colId="0"/></autoFilter>'
    assert text_of(xlsx({"Shop": sheet(*rows, after=filtered)})) == "- Item: Lamp; Price: 100"
    folded = (rows[0], rows[1].replace("hidden", 'outlineLevel="1" hidden'))
    document = read_document("a.xlsx", xlsx({"Shop": sheet(*folded)}))
    assert (document.sections[0].blocks[0].text, document.warnings) == ("- Item: Lamp; Price: 100", ())


def test_a_cell_over_several_rows_is_said_in_each() -> None:
    rows = (
        row(1, cell("A1", "Group"), cell("B1", "Item")),
        row(2, cell("A2", "Lamps"), cell("B2", "Desk lamp")),
        row(3, cell("B3", "Floor lamp")),
    )
    merged = '<mergeCells><mergeCell ref="A2:A3"/></mergeCells>'
    assert text_of(xlsx({"Shop": sheet(*rows, after=merged)})) == (
        "- Group: Lamps; Item: Desk lamp\n- Group: Lamps; Item: Floor lamp"
    )


def test_several_sheets_are_sections_and_empty_ones_are_none() -> None:
    made = xlsx(
        {"Prices": [["Way", "Price"], ["Post", "190"]], "Nothing": [], "Лист1": [["Way", "Days"], ["Post", "9"]]}
    )
    document = read_document("a.xlsx", made)
    assert [(section.headings, section.blocks[0].text) for section in document.sections] == [
        (("Prices",), "- Way: Post; Price: 190"),
        ((), "- Way: Post; Days: 9"),
    ]
