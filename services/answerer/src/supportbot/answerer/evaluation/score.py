"""Score predictions against their question set."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from supportbot.answerer.evaluation.measures import (
    auroc,
    calibration_error,
    coverage,
    hit,
    ndcg,
    quantile,
    recall,
    reciprocal_rank,
)
from supportbot.answerer.evaluation.sets import Prediction, SetQuestion, read_lines, read_scorable

_DEPTH = 10
Row = tuple[SetQuestion, Prediction]
Scores = dict[str, float | int | None]


def score_files(questions: Path, predictions: Path) -> Scores:
    """Scores of a file of predictions; a question without one counts as an escalation with confidence 0."""
    return score(read_scorable(questions), read_lines(predictions, Prediction))


def score(questions: Sequence[SetQuestion], predictions: Sequence[Prediction]) -> Scores:
    """All measures by name; one whose kind of question the set lacks is left out or None."""
    predicted = {prediction.id: prediction for prediction in predictions}
    rows = [(question, predicted.get(question.id, Prediction(id=question.id))) for question in questions]
    return {
        "questions": len(rows),
        "missing": sum(question.id not in predicted for question in questions),
        **_ranking([row for row in rows if row[0].answerable]),
        **_confidence(rows),
        **_texts([row for row in rows if row[0].answerable and row[0].spans]),
        **_decisions(rows),
        **_times([prediction for _, prediction in rows]),
    }


def _ranking(rows: Sequence[Row]) -> Scores:
    if not rows:
        return {}
    return {
        **{f"hit@{depth}": fmean(hit(q.gold, p.ranked, depth) for q, p in rows) for depth in (1, 5, _DEPTH)},
        "recall@5": fmean(recall(q.gold, p.ranked, 5) for q, p in rows),
        "mrr@10": fmean(reciprocal_rank(q.gold, p.ranked, _DEPTH) for q, p in rows),
        "ndcg@10": fmean(ndcg(q.gold, p.ranked, _DEPTH) for q, p in rows),
    }


def _confidence(rows: Sequence[Row]) -> Scores:
    confidence = [prediction.confidence for _, prediction in rows]
    correct = [_is_right(row) for row in rows]
    return {
        "auroc_answerable": auroc(confidence, [question.answerable for question, _ in rows]),
        "auroc_correct": auroc(confidence, correct),
        "coverage_at_5pct_wrong": coverage(confidence, correct, 0.05),
        "ece": calibration_error(confidence, correct),
    }


def _texts(rows: Sequence[Row]) -> Scores:
    if not rows:
        return {}
    contained = [any(_fold(span) in _fold(p.answer) for span in q.spans) for q, p in rows]
    return {
        "answer_contains_span": fmean(contained),
        "answer_words_median": quantile([len(p.answer.split()) for _, p in rows], 0.5),
    }


def _decisions(rows: Sequence[Row]) -> Scores:
    answered = [row for row in rows if row[1].decision == "answer"]
    if not answered:
        return {"answered": 0.0, "answered_wrong": 0.0, "cited": 0.0}
    return {
        "answered": len(answered) / len(rows),
        "answered_wrong": fmean(not _is_right(row) for row in answered),
        "cited": fmean(bool(prediction.citations) for _, prediction in answered),
    }


def _times(predictions: Sequence[Prediction]) -> Scores:
    scores: Scores = {}
    for name in ("retrieval_ms", "total_ms"):
        if values := [taken for one in predictions if (taken := getattr(one, name)) is not None]:
            scores |= {f"{name}_p50": quantile(values, 0.5), f"{name}_p99": quantile(values, 0.99)}
    return scores


def _is_right(row: Row) -> bool:
    question, prediction = row
    return bool(prediction.ranked) and prediction.ranked[0] in question.gold


def _fold(text: str) -> str:
    return " ".join(text.lower().replace("ё", "е").split())
