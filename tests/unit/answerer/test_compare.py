"""Two configurations on the same questions."""

from supportbot.answerer.evaluation.compare import compare
from supportbot.answerer.evaluation.sets import Prediction, SetQuestion

QUESTIONS = [SetQuestion(id=str(number), text=f"Question {number}", gold=("right",)) for number in range(200)]


def predictions(right: int) -> list[Prediction]:
    """The first so many right, the others wrong."""
    return [
        Prediction(
            id=question.id,
            ranked=("right" if place < right else "wrong",),
            decision="answer",
            confidence=0.8,
            answer="Text",
        )
        for place, question in enumerate(QUESTIONS)
    ]


def test_what_surely_became_worse_is_named_and_listed() -> None:
    found = compare(QUESTIONS, predictions(180), predictions(150))
    hit = found.measures["hit@1"]
    assert (hit.before, hit.after) == (0.9, 0.75)
    assert hit.low < -0.15 < hit.high < 0
    assert found.worse == ["hit@1", "hit@5", "right_decision", "not_answered_wrong"]
    assert len(found.changed) == 30
    assert found.changed[0]["verdict"] == "worse"
    assert found.changed[0]["document"] == ["right", "wrong"]


def test_a_small_difference_is_not_called_one() -> None:
    found = compare(QUESTIONS, predictions(180), predictions(179))
    assert found.measures["hit@1"].high >= 0
    assert found.worse == []
    assert len(found.changed) == 1


def test_differences_are_paired() -> None:
    """150 right both times, but other ones: the interval is wide though the means are the same."""
    other = list(reversed(predictions(150)))
    shifted = [one.model_copy(update={"id": question.id}) for one, question in zip(other, QUESTIONS, strict=True)]
    found = compare(QUESTIONS, predictions(150), shifted)
    assert found.measures["hit@1"].after == found.measures["hit@1"].before
    assert found.measures["hit@1"].low < -0.05
    assert found.measures["hit@1"].high > 0.05
    same = compare(QUESTIONS, predictions(150), predictions(150))
    assert (same.measures["hit@1"].low, same.measures["hit@1"].high, same.changed) == (0.0, 0.0, [])


def test_the_same_files_give_the_same_intervals_and_missing_ones_count_as_escalations() -> None:
    first = compare(QUESTIONS, predictions(100), predictions(100)[:50])
    assert first == compare(QUESTIONS, predictions(100), predictions(100)[:50])
    assert first.measures["answered"].after == 0.25


def test_an_unanswerable_question_is_right_where_it_is_handed_over() -> None:
    question = SetQuestion(id="1", text="?", answerable=False)
    found = compare([question], [Prediction(id="1", decision="answer")], [Prediction(id="1")])
    assert found.changed[0]["verdict"] == "better"
    assert "hit@1" not in found.measures
