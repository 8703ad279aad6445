"""The measures, pinned on cases small enough to count by hand."""

from pathlib import Path

import pytest

from supportbot.answerer.evaluation.measures import (
    auroc,
    calibration_error,
    coverage,
    hit,
    ndcg,
    quantile,
    reciprocal_rank,
)
from supportbot.answerer.evaluation.score import score, score_files
from supportbot.answerer.evaluation.sets import Prediction, SetQuestion, UnreadableSetError, read_lines, read_scorable


def test_rank_measures_look_at_the_first_right_document() -> None:
    ranked = ["a", "b", "c"]
    assert [hit(["c"], ranked, depth) for depth in (1, 2, 3)] == [0, 0, 1]
    assert reciprocal_rank(["b"], ranked, 10) == 0.5
    assert ndcg(["a", "b"], ranked, 10) == 1
    assert ndcg(["b"], ranked, 10) == pytest.approx(0.6309, abs=1e-4)


def test_separation_counts_ties_as_half() -> None:
    assert auroc([0.1, 0.5, 0.5, 0.9], [False, False, True, True]) == 0.875
    assert auroc([0.1, 0.2], [True, True]) is None


def test_coverage_takes_whole_ties() -> None:
    assert coverage([0.9, 0.8, 0.8, 0.1], [True, True, False, True], 0.05) == 0.25
    assert coverage([0.9, 0.8, 0.7, 0.1], [True, True, True, False], 0.25) == 1


def test_calibration_error_is_the_gap_within_bins() -> None:
    assert calibration_error([0.95, 0.95, 0.05, 1.0], [True, True, False, True]) == pytest.approx(0.0375)
    assert calibration_error([0.3] * 10, [True] * 3 + [False] * 7) == pytest.approx(0)


def test_a_quantile_is_one_of_the_values() -> None:
    assert [quantile([3, 1, 2], share) for share in (0.01, 0.5, 0.99)] == [1, 2, 3]


def test_a_question_without_prediction_counts_as_an_escalation() -> None:
    questions = [
        SetQuestion(id="1", text="?", gold=("a",), spans=("Ёж",)),
        SetQuestion(id="2", text="?", gold=("b",)),
        SetQuestion(id="3", text="?", answerable=False),
    ]
    predictions = [
        Prediction(
            id="1", ranked=("a",), confidence=0.9, decision="answer", answer="один  еж", citations=("a",), total_ms=2
        ),
        Prediction(id="3", ranked=("a",), confidence=0.2),
    ]
    found = score(questions, predictions)
    assert (found["questions"], found["missing"], found["hit@1"]) == (3, 1, 0.5)
    assert (found["answer_contains_span"], found["answer_words_median"], found["answered"]) == (
        1,
        2,
        1 / 3,
    )
    assert (found["answered_wrong"], found["cited"], found["total_ms_p99"]) == (0, 1, 2)
    assert found["auroc_answerable"] == 0.5


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "predictions.jsonl"
    file.write_text('{"id": "1"}\n\n{"id": "2", "confidence": 7}\n')
    with pytest.raises(UnreadableSetError, match="line 3: confidence"):
        read_lines(file, Prediction)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "questions.jsonl, line 1: there is no question"),
        ('{"id": "1", "text": "?", "answerable": false}\n{"id": "2", "text": "?", "gold": []}\n', "line 2: gold"),
    ],
)
def test_a_set_that_cannot_be_scored_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    questions, predictions = tmp_path / "questions.jsonl", tmp_path / "predictions.jsonl"
    questions.write_text(text)
    predictions.write_text("")
    with pytest.raises(UnreadableSetError, match=said):
        score_files(questions, predictions)


def test_a_question_that_nothing_answers_needs_no_gold(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text('{"id": "1", "text": "?", "answerable": false}\n')
    assert [question.id for question in read_scorable(file)] == ["1"]
