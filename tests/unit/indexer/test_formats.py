"""Every format becomes the same: a title, headings, and blocks that keep lists and tables whole."""

import json

import pytest

from supportbot.common.ids import DocumentId
from supportbot.indexer.adapters.formats import read_document
from supportbot.indexer.domain.chunking import chunk_parsed
from supportbot.indexer.domain.documents import UnreadableDocumentError
from supportbot.indexer.domain.parsed import ParsedDocument
from tests.documents.office import archive, docx, epub, grid, heading, item, odt, pptx, words, xlsx
from tests.documents.outlook import msg
from tests.documents.pdf import Page, pdf

ROWS = [["Way", "Price"], ["Courier", "390"], ["Post", "190"]]
ROW_TEXT = "- Way: Courier; Price: 390\n- Way: Post; Price: 190"
MAIL = """From: a@example.com\r
Subject: =?utf-8?b?0J/RgNCw0LLQuNC70LA=?=\r
Content-Type: multipart/mixed; boundary=x\r
\r
--x\r
Content-Type: text/plain; charset=koi8-r\r
Content-Transfer-Encoding: 8bit\r
\r
"""


def outline(document: ParsedDocument) -> list[tuple[tuple[str, ...], str, str]]:
    return [(section.headings, block.kind, block.text) for section in document.sections for block in section.blocks]


def test_a_word_document_keeps_its_headings_lists_and_tables() -> None:
    made = docx(
        heading(1, "Доставка"), words("Везде."), heading(2, "Что взять"), item("паспорт"), item("код"), grid(ROWS)
    )
    document = read_document("guide.docx", made)
    assert document.title == "Доставка"
    assert outline(document) == [
        ((), "paragraph", "Везде."),
        (("Что взять",), "list", "- паспорт\n- код"),
        (("Что взять",), "table", ROW_TEXT),
    ]


def test_a_word_document_of_several_chapters_is_called_as_its_properties_say() -> None:
    chapters = [heading(1, "One"), words("First."), heading(1, "Two"), words("Second.")]
    named = read_document("file-7.docx", docx(*chapters, title="Handbook"))
    assert (named.title, [section.headings for section in named.sections]) == ("Handbook", [("One",), ("Two",)])
    assert read_document("file-7.docx", docx(*chapters, title="Microsoft Word - file-7.docx")).title == "File 7"


def test_a_presentation_has_its_slides_as_pages_and_its_notes() -> None:
    document = read_document(
        "deck.pptx", pptx(("Prices", ["Courier 390", "Post 190"], "Since May."), ("Hours", ["Nine to six"], ""))
    )
    assert outline(document) == [
        (("Prices",), "list", "- Courier 390\n- Post 190"),
        (("Prices",), "paragraph", "Since May."),
        (("Hours",), "paragraph", "Nine to six"),
    ]
    assert [section.page for section in document.sections] == [1, 2]


def test_a_workbook_says_in_each_row_what_its_cells_are() -> None:
    document = read_document(
        "prices.xlsx", xlsx({"Delivery": [["All prices in roubles"], *ROWS], "Sheet2": [["Cup", "5"]]})
    )
    assert outline(document) == [
        (("Delivery",), "paragraph", "All prices in roubles"),
        (("Delivery",), "table", ROW_TEXT),
        ((), "table", "- Cup; 5"),
    ]


def test_a_workbook_of_questions_becomes_questions() -> None:
    rows = [["Вопрос", "Ответ"], ["Как платить?", "Картой."], ["Когда?", "Сразу."]]
    assert outline(read_document("faq.xlsx", xlsx({"FAQ": rows}))) == [
        (("FAQ", "Как платить?"), "paragraph", "Картой."),
        (("FAQ", "Когда?"), "paragraph", "Сразу."),
    ]


def test_an_open_document_keeps_its_headings_lists_and_tables() -> None:
    rows = "".join(
        f"<table:table-row>{''.join(f'<table:table-cell><text:p>{cell}</text:p></table:table-cell>' for cell in row)}"
        "</table:table-row>"
        for row in ROWS
    )
    items = "".join(f"<text:list-item><text:p>{name}</text:p></text:list-item>" for name in ("passport", "code"))
    body = (
        '<text:h text:outline-level="1">Guide</text:h><text:p>Intro.</text:p><text:h text:outline-level="2">Ways'
        f"</text:h><text:list>{items}</text:list><table:table>{rows}</table:table>"
    )
    document = read_document("guide.odt", odt(body))
    assert document.title == "Guide"
    assert outline(document) == [
        ((), "paragraph", "Intro."),
        (("Ways",), "list", "- passport\n- code"),
        (("Ways",), "table", ROW_TEXT),
    ]


def test_a_book_keeps_its_chapters() -> None:
    made = epub("Книга", "<h1>Раз</h1><p>Первый текст.</p>", "<h1>Два</h1><ul><li>один</li><li>два</li></ul>")
    document = read_document("book.epub", made)
    assert document.title == "Книга"
    assert outline(document) == [(("Раз",), "paragraph", "Первый текст."), (("Два",), "list", "- один\n- два")]


def test_rich_text_is_read_in_both_alphabets() -> None:
    made = rb"{\rtf1\ansi\ansicpg1251 Delivery takes two days.\par \u1055?\u1088?\u1080?\u1074?\u1077?\u1090?\par}"
    assert outline(read_document("note.rtf", made)) == [
        ((), "paragraph", "Delivery takes two days."),
        ((), "paragraph", "Привет"),
    ]


def test_a_pdf_keeps_headings_and_pages_and_its_passages_know_theirs() -> None:
    made = pdf(
        Page(["# Доставка", "Курьер приедет за два дня и позвонит за час до приезда."]),
        Page(["# Returns", "Send it back within 30 days, in any box, with the receipt."]),
        title="Manual",
    )
    document = read_document("m.pdf", made)
    assert document.title == "Manual"
    passages = chunk_parsed(DocumentId("m.pdf"), document)
    assert [(passage.headings, passage.page, passage.language) for passage in passages] == [
        (("Доставка",), 1, "ru"),
        (("Returns",), 2, "en"),
    ]
    assert "за час до приезда" in passages[0].text


def test_running_heads_of_a_pdf_go_and_a_line_that_stands_once_stays() -> None:
    pages = [
        Page([f"Handbook of Acme, page {number}", "# Chapter", f"Only here: rule number {number * 7} of the shop."])
        for number in range(1, 6)
    ]
    text = " ".join(passage.text for passage in chunk_parsed(DocumentId("m.pdf"), read_document("m.pdf", pdf(*pages))))
    assert "Handbook of Acme" not in text
    assert all(f"rule number {number * 7}" in text for number in range(1, 6))
    alone = read_document("m.pdf", pdf(Page(["A single line at the top of a page says something."], b"", 0)))
    assert "A single line at the top" in str(outline(alone))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_table_of_text_names_its_cells_whatever_stands_between_them(delimiter: str) -> None:
    made = "\n".join(delimiter.join(row) for row in ROWS).encode()
    assert outline(read_document("prices.csv", made)) == [((), "table", ROW_TEXT)]


def test_a_table_of_questions_becomes_questions_by_section() -> None:
    made = 'Question;Answer;Category\n"How to pay?";"By card;\nor in cash.";Payment\nКак вернуть?;За 14 дней;Возврат\n'
    assert outline(read_document("faq.csv", made.encode("cp1251"))) == [
        (("Payment", "How to pay?"), "paragraph", "By card;\nor in cash."),
        (("Возврат", "Как вернуть?"), "paragraph", "За 14 дней"),
    ]


@pytest.mark.parametrize(
    "records",
    [
        [{"question": "How?", "answer": "So."}, {"question": "Why?", "answer": "Therefore."}],
        {"faq": [{"q": "How?", "a": "So."}, {"q": "Why?", "a": "Therefore."}]},
        {"How?": "So.", "Why?": "Therefore."},
    ],
)
def test_lists_of_questions_in_json_are_read_in_their_usual_forms(records: object) -> None:
    expected = [(("How?",), "paragraph", "So."), (("Why?",), "paragraph", "Therefore.")]
    assert outline(read_document("faq.json", json.dumps(records).encode())) == expected
    if isinstance(records, list):
        lines = "\n".join(json.dumps(record) for record in records)
        assert outline(read_document("faq.jsonl", lines.encode())) == expected


def test_sections_and_other_wordings_of_questions_in_json_are_kept() -> None:
    records = {"Delivery": [{"question": ["How long?", "When does it come?"], "answer": "Two days."}], "Other": []}
    assert outline(read_document("faq.json", json.dumps(records).encode())) == [
        (("Delivery", "How long?"), "paragraph", "Two days.\n\nWhen does it come?")
    ]


def test_a_message_is_its_text_without_quotations_and_what_is_attached() -> None:
    made = MAIL.encode() + "Возврат за 30 дней.\r\n> Раньше было 14.\r\n".encode("koi8-r")
    attached = (
        b'\r\n--x\r\nContent-Disposition: attachment; filename="prices.csv"\r\n\r\nWay,Price\r\nPost,190\r\n--x--\r\n'
    )
    document = read_document("letter.eml", made + attached)
    assert document.title == "Правила"
    assert outline(document) == [
        ((), "paragraph", "Возврат за 30 дней."),
        (("Prices",), "table", "- Way: Post; Price: 190"),
    ]


@pytest.mark.parametrize(
    ("subject", "written"),
    [
        ("Returns", "It takes 30 days.\n\n-- \nJane Doe\n+7 900 000-00-00\n"),
        (
            "Re: Returns",
            "It takes 30 days.\n\n____________\nFrom: Joe\nSent: Monday\n\nHow long?\n",
        ),
        ("Отв: Returns", "It takes 30 days.\n\nОт: Joe\nОтправлено: вчера\nТема: Returns\n\nHow long?\n"),
        ("FW: RE[2]: Returns", "-----Original Message-----\nFrom: Joe\nSent: Monday\nTo: J\n\nIt takes 30 days.\n"),
    ],
)
def test_a_message_is_what_was_written_without_who_wrote_it_and_what_was_asked(subject: str, written: str) -> None:
    made = f"Subject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{written}".encode()
    document = read_document("letter.eml", made)
    assert (document.title, outline(document)) == ("Returns", [((), "paragraph", "It takes 30 days.")])


def test_a_message_that_is_a_page_loses_its_quotations_too() -> None:
    page = (
        "<div>It takes 30 days.</div><div><b>From:</b> Joe<br><b>Sent:</b> Monday</div><div>How long?</div>"
        '<blockquote type="cite">Long ago</blockquote>'
    )
    made = f"Subject: RE: Returns\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{page}".encode()
    assert outline(read_document("letter.eml", made)) == [((), "paragraph", "It takes 30 days.")]


@pytest.mark.parametrize("code_page", [0, 1251])
def test_a_message_of_outlook_is_read_like_any_other(code_page: int) -> None:
    prices, logo = b"Way,Price\nPost,190\n", b"\x89PNG"
    written = "Тридцать дней.\r\n\r\nОт: Иван\r\nТема: Возврат\r\n\r\nСколько дней?"
    made = msg("RE: Возврат", written, attached={"цены.csv": prices, "logo.png": logo}, code_page=code_page)
    document = read_document("letter.msg", made)
    assert document.title == "Возврат"
    assert outline(document) == [
        ((), "paragraph", "Тридцать дней."),
        (("Цены",), "table", "- Way: Post; Price: 190"),
    ]
    assert document.warnings == ("Left out of it: logo.png.",)


def test_a_message_of_outlook_that_is_a_page_is_read_as_one() -> None:
    page = "<html><body><ul><li>Почтой</li><li>Курьером</li></ul></body></html>"
    document = read_document("letter.msg", msg("Возврат", page=page.encode("cp1251"), code_page=1251))
    assert outline(document) == [((), "list", "- Почтой\n- Курьером")]


def test_a_word_document_without_styles_has_its_bold_lines_as_headings() -> None:
    bold = "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>{}</w:t></w:r></w:p>"
    made = docx(bold.format("Returns"), words("Thirty days."), bold.format("Mind this!"), words("Or not."))
    assert outline(read_document("a.docx", made)) == [
        (("Returns",), "paragraph", "Thirty days."),
        (("Returns",), "paragraph", "Mind this!"),
        (("Returns",), "paragraph", "Or not."),
    ]
    styled = docx(heading(1, "Rules"), bold.format("Returns"), words("Thirty days."))
    assert outline(read_document("a.docx", styled))[0] == ((), "paragraph", "Returns")


def test_what_stands_in_the_style_for_titles_is_the_title() -> None:
    title = '<w:p><w:pPr><w:pStyle w:val="T"/></w:pPr><w:r><w:t>The &amp; book</w:t></w:r></w:p>'
    made = docx(title, heading(1, "One"), words("A."), heading(1, "Two"), words("B."))
    document = read_document("a.docx", made)
    assert document.title == "The & book"
    assert [headings for headings, *_ in outline(document)] == [("One",), ("Two",)]


def test_an_archive_is_its_documents_and_names_what_was_left_out() -> None:
    made = archive(
        {
            "guide/delivery.md": "# Delivery\n\nTwo days.",
            "prices.csv": "Way,Price\nPost,190\n",
            "locked.pdf": pdf(Page(["Words"]), locked=True),
            "inner.zip": archive({"a.md": "# A"}),
            "../../outside.md": "# Out",
            "__MACOSX/a.md": "# Not for people",
            "picture.png": b"\x89PNG",
        }
    )
    document = read_document("all.zip", made)
    assert outline(document) == [
        (("Delivery",), "paragraph", "Two days."),
        (("Prices",), "table", "- Way: Post; Price: 190"),
    ]
    assert document.warnings == (
        "Left out of it: locked.pdf (The PDF is protected by a password), inner.zip, picture.png.",
    )


def test_macros_are_named_and_not_read() -> None:
    document = read_document("order.docm", docx(words("How to order."), macros=True))
    assert document.warnings == ("It holds macros, which were neither run nor read.",)


def test_formulas_are_text() -> None:
    document = read_document("a.csv", b"Name,Value\n=cmd|' /C calc'!A0,@SUM(1)\n")
    assert outline(document) == [((), "table", "- Name: =cmd|' /C calc'!A0; Value: @SUM(1)")]


def test_other_json_is_refused_with_what_to_do() -> None:
    with pytest.raises(UnreadableDocumentError, match="list of questions and answers"):
        read_document("config.json", b'{"debug": true}')
    with pytest.raises(UnreadableDocumentError, match="line 2"):
        read_document("faq.json", b'[{"question": "a",\n}]')
