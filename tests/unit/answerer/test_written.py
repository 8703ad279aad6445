"""A model's answer as text, with quotations."""

from supportbot.answerer.domain.model_confidence import model_confidence
from supportbot.answerer.domain.model_replies import ComposedAnswer, ComposedSentence
from supportbot.answerer.domain.written import cited, written_text
from tests.unit.answerer.passages import passage

TEXT = "Pack the item well. You have 30 days to send it back. Keep the slip."


def answer(*texts: str) -> ComposedAnswer:
    return ComposedAnswer(True, True, tuple(ComposedSentence(text, (1,)) for text in texts))


def test_sentences_share_a_line_and_items_do_not() -> None:
    text = written_text(answer("Two ways.", "- A store", "- A courier", "Both are free.", "Keep the slip."))
    assert text == "Two ways.\n- A store\n- A courier\nBoth are free. Keep the slip."


def test_a_sentence_that_is_said_again_is_written_once() -> None:
    assert written_text(answer("Keep the slip.", "Both are free.", "Keep the slip.")) == "Keep the slip. Both are free."


def test_what_looks_like_a_tag_is_written_as_the_passages_have_it() -> None:
    assert written_text(answer("Send ‹key> in the header.", "‹Quoted› it stays.")) == (
        "Send <key> in the header. ‹Quoted› it stays."
    )


def test_a_quotation_is_the_nearest_sentence_word_for_word() -> None:
    source = passage(TEXT, source="https://shop.example/returns")
    (citation,) = cited(answer("Send it back within 30 days.", "You have 30 days."), [source])
    assert citation.quote == "You have 30 days to send it back."
    assert citation.quote in source.text
    assert citation.source == "https://shop.example/returns"


def test_each_cited_passage_is_quoted() -> None:
    sentence = ComposedSentence("Pack it well, within 30 days.", (2, 1))
    found = cited(ComposedAnswer(True, True, (sentence,)), [passage(TEXT), passage("Pack well.", document="b.md")])
    assert [citation.document for citation in found] == ["b.md", "returns.md"]


def test_confidence_grows_with_what_was_found_and_with_what_was_borne_out() -> None:
    assert model_confidence(0.9, 0.9, complete=True) > model_confidence(0.5, 0.9, complete=True)
    assert model_confidence(0.5, 0.9, complete=True) > model_confidence(0.5, 0.6, complete=True)
    assert model_confidence(0.5, 0.9, complete=True) > model_confidence(0.5, 0.9, complete=False)
    assert model_confidence(0.3, 0.8, complete=True) > 0.7 > model_confidence(0.1, 0.8, complete=True)
    assert 0 < model_confidence(0, 0, complete=False) < model_confidence(1, 1, complete=True) < 1
