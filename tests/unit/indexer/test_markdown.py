"""Markdown is read as its readers see it: headings, lists, tables, and no marks."""

import time

from supportbot.indexer.adapters.markdown import read_markdown
from supportbot.indexer.domain.parsed import Block, ParsedDocument, Section


def read(text: str, path: str = "guide/how-to_return.md") -> ParsedDocument:
    return read_markdown(path, text.encode())


def words_of(document: ParsedDocument) -> str:
    return "\n".join(part for section in document.sections for block in section.blocks for part in block.parts)


def test_the_first_heading_is_the_title_and_the_others_make_paths() -> None:
    document = read("# Returns\n\nIntro.\n\n## Time\n\n30 days.\n\n### Gifts\n\n60 days.\n\n## Cost\n\nFree.")
    assert document.title == "Returns"
    assert [section.headings for section in document.sections] == [(), ("Time",), ("Time", "Gifts"), ("Cost",)]


def test_a_document_without_a_heading_is_named_by_its_file() -> None:
    assert read("Only text.").title == "How to return"
    assert read("Only text.", "delivery/index.md").title == "Delivery"


def test_front_matter_names_the_title_and_the_address_and_is_no_text() -> None:
    document = read('---\ntitle: "Returns: all"\nurl: https://example.com/returns\ntags: [a]\n---\n\nText.')
    assert (document.title, document.source) == ("Returns: all", "https://example.com/returns")
    assert words_of(document) == "Text."


def test_an_address_that_is_no_web_address_is_not_kept() -> None:
    assert read("---\nurl: javascript:alert(1)\n---\nText.").source == ""


def test_a_link_that_leads_nowhere_good_is_its_words_alone() -> None:
    assert words_of(read('See [x](javascript:alert(1)) and [y](<javascript:alert(2)> "t").')) == "See x and y."


def test_marks_disappear_and_links_keep_where_they_lead() -> None:
    assert words_of(read("Write to **[us](mailto:help@example.com)** or `press *` \\*now\\*.")) == (
        "Write to us (help@example.com) or press * *now*."
    )
    assert words_of(read("See [the status page](https://status.example.com).")) == (
        "See the status page (https://status.example.com)."
    )
    assert words_of(read("See [returns](returns.md) and <https://example.com>.")) == (
        "See returns and https://example.com."
    )


def test_what_only_looks_like_a_tag_stays() -> None:
    assert words_of(read("Type <your name> and <b>press</b> Enter.<br>Done.")) == (
        "Type <your name> and press Enter.\nDone."
    )


def test_a_list_keeps_its_numbers_and_its_inner_lists() -> None:
    document = read("1. Open it\n   - in the app\n   - on the site\n2. Press it\n")
    assert document.sections[0].blocks == (
        Block("list", ("1. Open it\n  - in the app\n  - on the site", "2. Press it")),
    )


def test_each_row_of_a_table_says_what_its_cells_mean() -> None:
    document = read("| Way | Price |\n|---|---|\n| Courier | 390 ₽ |\n| Pick-up | |\n")
    assert document.sections[0].blocks == (Block("table", ("- Way: Courier; Price: 390 ₽", "- Way: Pick-up")),)


def test_text_inside_of_html_is_kept_and_scripts_are_not() -> None:
    document = read("<details><summary>How long?</summary>\n\nA week.\n\n</details>\n\n<script>\nx()\n</script>\n")
    assert words_of(document).split() == ["How", "long?", "A", "week."]


def test_a_heading_with_nothing_below_it_is_still_there() -> None:
    assert read("# T\n\n## Call us any time\n").sections == (Section(("Call us any time",), ()),)


def test_a_very_long_heading_is_read_as_a_paragraph() -> None:
    document = read("# T\n\n## " + "word " * 100)
    assert document.sections[0].headings == ()
    assert words_of(document).count("word") == 100


def test_hostile_nesting_and_marks_end_in_good_time() -> None:
    begun = time.process_time()
    for text in (">" * 20_000 + "a", "- " * 5_000 + "a", "[" * 60_000, "*a " * 20_000, "`" * 50_000 + "a"):
        assert read(f"Kept.\n\n{text}").sections
    assert time.process_time() - begun < 60  # quadratic time would need many minutes
