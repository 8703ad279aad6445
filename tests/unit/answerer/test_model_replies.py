"""Reading what a model said."""

import json
from typing import Any

import pytest

from supportbot.answerer.domain.model_replies import read_answer, read_ranking, read_rewritten
from supportbot.common.models.errors import ModelOutputError
from supportbot.common.models.request import Completion


def said(text: Any, **how: Any) -> Completion:
    return Completion(text if isinstance(text, str) else json.dumps(text), "m", **how)


ANSWER = {"answerable": True, "complete": True, "sentences": [{"text": "It is free [1].", "citations": [1, 1]}]}


def test_an_answer_is_read_without_citation_marks_in_its_text() -> None:
    answer = read_answer(said(ANSWER))
    assert answer.sentences[0].text == "It is free."
    assert answer.sentences[0].citations == (1,)


@pytest.mark.parametrize(
    "wrapped",
    ["```json\n{}\n```", "Here you are: {} Have a nice day", "<think>the {{ user }} wants</think>\n{}", "\ufeff {}"],
)
def test_an_object_is_found_in_what_surrounds_it(wrapped: str) -> None:
    text = wrapped.replace("{}", json.dumps(ANSWER)).replace("{{", "{").replace("}}", "}")
    assert read_answer(said(text)).answerable


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (said(""), "empty"),
        (said("   \n"), "empty"),
        (said("", refused=True), "refused"),
        (said(ANSWER, refused=True), "refused"),
        (said(ANSWER, finish_reason="content_filter"), "refused"),
        (said(ANSWER, finish_reason="length"), "cut"),
        (said(ANSWER, finish_reason="tool_calls"), "malformed"),
        (said('{"answerable": tr'), "malformed"),
        (said("I think that it is free."), "malformed"),
        (said("[]"), "malformed"),
        (said("null"), "malformed"),
        (said({"answerable": "yes", "complete": True, "sentences": []}), "malformed"),
        (said({**ANSWER, "sentences": [{"text": "a", "citations": ["1"]}]}), "malformed"),
        (said({**ANSWER, "sentences": [{"text": "a", "citations": [1.5]}]}), "malformed"),
        (said({**ANSWER, "sentences": [{"text": "a", "citations": [True]}]}), "malformed"),
        (said({**ANSWER, "sentences": "It is free."}), "malformed"),
        (said({**ANSWER, "sentences": []}), "empty"),
        (said({**ANSWER, "sentences": [{"text": " [1] ", "citations": [1]}]}), "empty"),
        (said({**ANSWER, "sentences": [{"text": "a" * 9000, "citations": [1]}]}), "malformed"),
        (said({**ANSWER, "sentences": [{"text": "a", "citations": [1]}] * 1000}), "malformed"),
        (said("[" * 100_000), "malformed"),
        (said('{"a":' * 50_000 + "}" * 50_000), "malformed"),
    ],
)
def test_what_cannot_be_used_is_refused_by_cause(reply: Completion, cause: str) -> None:
    with pytest.raises(ModelOutputError) as found:
        read_answer(reply)
    assert found.value.cause == cause
    assert "free" not in str(found.value)
    assert found.value.__cause__ is None


def test_a_number_in_brackets_that_is_no_citation_stays() -> None:
    reply = {"answerable": True, "sentences": [{"text": "Press [10] for the menu [2].", "citations": [2]}]}
    assert read_answer(said(reply)).sentences[0].text == "Press [10] for the menu."


def test_no_answer_needs_no_sentence() -> None:
    assert not read_answer(said({"answerable": False, "complete": False, "sentences": []})).answerable


def test_a_ranking_keeps_every_passage_once() -> None:
    assert read_ranking(said({"ranking": [3, 1, 3, 99, 0, -1]}), 4) == [2, 0, 1, 3]
    assert read_ranking(said({"ranking": []}), 3) == [0, 1, 2]


def test_a_rewritten_question_is_one_line() -> None:
    assert read_rewritten(said({"question": " How long\n does it take? "})) == "How long does it take?"
    with pytest.raises(ModelOutputError):
        read_rewritten(said({"question": " "}))
