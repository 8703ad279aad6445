"""What the sample's questions cost in requests: most are one answer each."""

from tests.bench.model_calls import ask_all


async def test_an_answered_question_costs_at_most_1_3_chat_completions_on_the_sample() -> None:
    asked = await ask_all()
    figures = f"{asked.calls_per_answered:.3f} calls per answered question, {asked.calls}, {asked.answered} answered"
    print(figures, f"of {len(asked.answers)}")
    assert asked.answered >= 70, "of 100 that the articles answer; the fake model knows no synonyms"
    assert asked.calls.total() <= len(asked.answers), "what cannot be sure enough costs nothing"
    assert asked.calls_per_answered <= 1.3, figures
