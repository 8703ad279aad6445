"""Chunking: nothing is lost, passages have a good size, and unchanged text keeps its ids."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.passages import Passage
from supportbot.indexer.adapters.markdown import read_markdown
from supportbot.indexer.domain.chunking import chunk_document, chunk_parsed
from supportbot.indexer.domain.splitting import LONGEST

DOCUMENT = DocumentId("guide.md")
SENTENCES = st.sampled_from(
    ["Вы можете вернуть товар в течение 30 дней.", "Send the parcel back to us!", "Why? Because.", "г. Москва, д. 5"]
)
PARAGRAPHS = st.lists(SENTENCES, min_size=1, max_size=60).map(" ".join)
TEXTS = st.lists(PARAGRAPHS | st.text(max_size=300) | st.just("- one\n- two"), max_size=12).map("\n\n".join)


def bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def chunk_markdown(text: str) -> list[Passage]:
    return chunk_parsed(DOCUMENT, read_markdown(DOCUMENT, text.encode()))


def said(passages: list[Passage]) -> str:
    return bare("".join("".join((*passage.headings, passage.text)) for passage in passages))


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_every_letter_of_a_text_is_in_some_passage(text: str) -> None:
    underlined = re.search(r"^(?:={3,}|-{3,}|~{3,})\s*$", text, re.MULTILINE)
    passages = chunk_document(DOCUMENT, "Title", text)
    assert underlined or said(passages) == bare(text)
    assert all(0 < len(passage.text) <= LONGEST for passage in passages)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_ids_are_stable_and_told_apart(text: str) -> None:
    first, second = (chunk_document(DOCUMENT, "Title", text) for _ in range(2))
    assert first == second
    assert len({passage.chunk_id for passage in first}) == len(first)
    assert [passage.position for passage in first] == list(range(len(first)))


@settings(max_examples=60, deadline=None)
@given(st.lists(PARAGRAPHS, min_size=2, max_size=6), st.data())
def test_a_changed_section_leaves_the_ids_of_the_others(paragraphs: list[str], data: st.DataObject) -> None:
    changed_at = data.draw(st.integers(0, len(paragraphs) - 1))
    changed = [*paragraphs[:changed_at], "Entirely new words.", *paragraphs[changed_at + 1 :]]

    def ids(sections: list[str], *, without: int) -> set[object]:
        text = "# Guide\n\n" + "\n\n".join(f"## Question {n}?\n\n{section}" for n, section in enumerate(sections))
        heading = f"Question {without}?"
        return {passage.chunk_id for passage in chunk_markdown(text) if heading not in passage.headings}

    assert ids(paragraphs, without=changed_at) == ids(changed, without=changed_at)


def test_a_paragraph_of_usual_length_stays_whole() -> None:
    text = "A sentence about returns. " * 40
    assert [passage.text for passage in chunk_document(DOCUMENT, "T", text)] == [text.strip()]


def test_a_long_text_is_cut_between_sentences_into_even_parts() -> None:
    text = " ".join(f"Sentence number {n} says how a parcel is sent back to us." for n in range(80))
    passages = chunk_document(DOCUMENT, "T", text)
    assert all(passage.text.endswith(".") and passage.text.startswith("Sentence") for passage in passages)
    assert all(700 <= len(passage.text) <= LONGEST for passage in passages)


def test_a_list_stays_with_the_words_that_announce_it() -> None:
    items = "\n".join(f"- thing number {n} that you need to bring" for n in range(20))
    long = "We say a lot before we come to the point. " * 20
    texts = [passage.text for passage in chunk_markdown(f"# T\n\n{long}\n\nYou need:\n\n{items}")]
    assert any(text.startswith("You need:\n\n- thing number 0") for text in texts)


def test_a_table_that_is_too_long_is_cut_between_rows() -> None:
    rows = "\n".join(f"| Town number {n} | {n} days and then some more | {n}00 |" for n in range(60))
    passages = chunk_markdown(f"# T\n\n| Town | Time | Price |\n|---|---|---|\n{rows}")
    lines = [line for passage in passages for line in passage.text.split("\n")]
    assert len(passages) > 2
    assert all(re.fullmatch(r"- Town: .*; Time: .*; Price: \d+", line) for line in lines)


def test_short_neighbours_share_a_passage_but_questions_do_not() -> None:
    shops = "\n\n".join(f"## Shop {n}\n\nStreet {n}." for n in range(4))
    assert [(passage.headings, passage.text) for passage in chunk_markdown(f"# T\n\n{shops}")] == [
        ((), "\n\n".join(f"## Shop {n}\nStreet {n}." for n in range(4)))
    ]
    questions = "\n\n".join(f"## Why {n}?\n\nBecause {n}." for n in range(4))
    assert [passage.headings for passage in chunk_markdown(f"# T\n\n{questions}")] == [(f"Why {n}?",) for n in range(4)]


def test_a_single_line_of_a_megabyte_is_cut_without_loss() -> None:
    for text in ("слово " * 170_000, "x" * 1_000_000):
        passages = chunk_document(DOCUMENT, "T", text)
        assert said(passages) == bare(text)
        assert max(len(passage.text) for passage in passages) <= LONGEST


def test_equal_passages_of_one_document_have_ids_of_their_own() -> None:
    passages = chunk_markdown("# T\n\n## Why?\n\nBecause.\n\n## Why?\n\nBecause.")
    assert len({passage.chunk_id for passage in passages}) == 2


def test_the_language_of_numbers_is_that_of_their_document() -> None:
    passages = chunk_markdown("# Часы работы\n\nМы работаем каждый день.\n\n## 2026?\n\n9:00 - 18:00")
    assert [passage.language for passage in passages] == ["ru", "ru"]


def test_a_text_without_a_word_has_no_passages() -> None:
    assert chunk_document(DOCUMENT, "T", " \n\n ") == []
