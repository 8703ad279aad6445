"""The stages that a model helps with, over a model made of prepared replies."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from supportbot.answerer.domain.answer import HistoryTurn, Question
from supportbot.answerer.domain.query import read_question
from supportbot.answerer.domain.ranking import Ranked
from supportbot.answerer.use_cases.answer_with_model import AnswerWithModel, Choices, NoCheckpoints
from supportbot.common.models.budget import Budget
from supportbot.common.models.errors import (
    ModelAccessError,
    ModelError,
    ModelOutageError,
    ModelTimeoutError,
    ModelUnavailableError,
)
from supportbot.common.models.ports import Heard
from supportbot.common.models.request import Completion, ModelRequest, Stage, Usage
from tests.unit.answerer.passages import passage


@dataclass
class PreparedModel:
    """LanguageModel: says what was prepared for each stage, and remembers what it was asked."""

    replies: dict[Stage, Any] = field(default_factory=dict)
    asked: list[ModelRequest] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)

    async def complete(self, request: ModelRequest, budget: Budget, heard: Heard | None = None) -> Completion:
        self.asked.append(request)
        self.limits.append(budget.remaining_s)
        reply = self.replies[request.stage]
        if isinstance(reply, Exception):
            raise reply
        text = reply if isinstance(reply, str) else json.dumps(reply)
        return Completion(text, request.model, usage=Usage(100, 10))


class KeptReplies:
    """Checkpoints in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, Completion] = {}

    async def load(self, request: ModelRequest) -> Completion | None:
        return self.rows.get(request.fingerprint())

    async def save(self, request: ModelRequest, completion: Completion) -> int | None:
        self.rows[request.fingerprint()] = completion
        return 7

    async def admit(self) -> None:
        pass


def found(*totals: float) -> list[Ranked]:
    """Passages of different documents with these scores."""
    return [
        Ranked(passage(f"Shipping option {place} takes {place} days.", document=f"{place}.md"), 0.5, 0.5, total)
        for place, total in enumerate(totals, start=1)
    ]


def answering(
    model: PreparedModel,
    *,
    rerank: Literal["auto", "always", "never"] = "auto",
    checkpoints: KeptReplies | None = None,
) -> AnswerWithModel:
    return AnswerWithModel(
        model, checkpoints or NoCheckpoints(), Budget(20, 2), Choices("answerer-m", "reranker-m", rerank)
    )


def said(*sentences: tuple[str, Sequence[int]], answerable: bool = True, complete: bool = True) -> dict[str, Any]:
    return {
        "answerable": answerable,
        "complete": complete,
        "sentences": [{"text": text, "citations": list(citations)} for text, citations in sentences],
    }


FOLLOW_UP = Question("And how long does it take?", (HistoryTurn("user", "Do you ship to Kazan?"),))
PLAIN = Question("How many days does standard shipping option one take to arrive?")


async def test_a_follow_up_is_rewritten_and_then_understood_alone() -> None:
    model = PreparedModel({"rewrite": {"question": "How long does shipping to Kazan take?"}})
    question = await answering(model).rewrite(FOLLOW_UP)
    assert question.text == "How long does shipping to Kazan take?"
    assert question.history == ()
    assert model.limits[0] <= 5


async def test_a_question_that_stands_alone_costs_no_request() -> None:
    model = PreparedModel()
    history = (HistoryTurn("user", "Do you ship to Kazan?"),)
    question = Question("How many days does standard shipping usually need in winter?", history)
    assert await answering(model).rewrite(question) == question
    assert model.asked == []


@pytest.mark.parametrize("trouble", ["not json", {"question": ""}, {"question": "x" * 2000}])
async def test_a_rewrite_that_cannot_be_used_changes_nothing(trouble: Any) -> None:
    assert await answering(PreparedModel({"rewrite": trouble})).rewrite(FOLLOW_UP) == FOLLOW_UP


async def test_the_rewritten_question_is_what_is_answered() -> None:
    model = PreparedModel(
        {
            "rewrite": {"question": "How long does shipping option 1 take?"},
            "answer": said(("Shipping option 1 takes 1 days.", [1])),
        }
    )
    answering_it = answering(model)
    await answering_it.rewrite(FOLLOW_UP)
    await answering_it.answer(FOLLOW_UP, found(1.0), 0.5)
    assert "How long does shipping option 1 take?" in model.asked[-1].user


async def test_a_clear_lead_is_not_reranked_and_a_narrow_one_is() -> None:
    model = PreparedModel({"rerank": {"ranking": [2, 1]}})
    query = read_question(PLAIN)
    clear, narrow = found(2.0, *[0.5] * 9), found(1.0, *[0.9] * 9)
    assert await answering(model).rerank(query, clear) == clear
    assert model.asked == []
    assert (await answering(model).rerank(query, narrow))[:2] == [narrow[1], narrow[0]]
    assert model.asked[0].model == "reranker-m"


async def test_where_all_that_comes_near_is_read_anyway_no_order_is_paid_for() -> None:
    model = PreparedModel()
    within_reach = found(*[1.0] * 6, 0.4, 0.4)
    assert await answering(model).rerank(read_question(PLAIN), within_reach) == within_reach
    assert model.asked == []


async def test_what_no_answer_could_make_sure_is_known_before_anybody_is_asked() -> None:
    whole = answering(PreparedModel())
    assert whole.reachable(0.02) < 0.7 < whole.reachable(0.3)


async def test_rerank_obeys_always_and_never() -> None:
    model = PreparedModel({"rerank": {"ranking": [2, 1]}})
    query = read_question(PLAIN)
    clear, narrow = found(2.0, 0.5), found(1.0, 0.9)
    assert await answering(model, rerank="never").rerank(query, narrow) == narrow
    assert await answering(model, rerank="always").rerank(query, clear) == [clear[1], clear[0]]


@pytest.mark.parametrize(
    "trouble",
    [
        "nonsense",
        ModelTimeoutError("late", cause="timeout"),
        ModelOutageError("down", cause="failing"),
        ModelAccessError("no", cause="not_allowed"),
    ],
)
async def test_a_rerank_that_fails_leaves_the_order(trouble: Any) -> None:
    narrow = found(1.0, *[0.9] * 9)
    assert await answering(PreparedModel({"rerank": trouble})).rerank(read_question(PLAIN), narrow) == narrow


async def test_passages_that_were_not_asked_about_keep_their_places() -> None:
    many = found(*(1.0 - number / 1000 for number in range(25)))
    model = PreparedModel({"rerank": {"ranking": [20]}})
    order = await answering(model).rerank(read_question(PLAIN), many)
    assert order[0] == many[19]
    assert order[20:] == many[20:]
    assert sorted(one.total for one in order) == sorted(one.total for one in many)


async def test_an_answer_that_holds_comes_with_text_citations_and_confidence() -> None:
    model = PreparedModel({"answer": said(("Shipping option 1 takes 1 days.", [1]), ("Option 2 takes 2 days.", [2]))})
    written = await answering(model).answer(PLAIN, found(1.0, 0.9), 0.5)
    assert written.supported
    assert written.text == "Shipping option 1 takes 1 days. Option 2 takes 2 days."
    assert [citation.document for citation in written.citations] == ["1.md", "2.md"]
    assert written.confidence is not None
    assert written.confidence > 0.7


@pytest.mark.parametrize(
    ("reply", "doubt"),
    [
        (said(answerable=False), "not_in_documents"),
        (said(("Shipping option 1 takes 9 days.", [1])), "unsupported_answer"),
        (said(("Shipping option 1 takes 1 days.", [7])), "unsupported_answer"),
        (said(("Shipping option 1 takes 1 days.", [])), "unsupported_answer"),
        ("half a repl", "model_output"),
        ("", "model_output"),
        (ModelTimeoutError("late", cause="timeout"), "model_timeout"),
    ],
)
async def test_what_must_not_be_said_goes_to_a_person_with_its_reason(reply: Any, doubt: str) -> None:
    written = await answering(PreparedModel({"answer": reply})).answer(PLAIN, found(1.0), 0.99)
    assert (written.supported, written.text, written.citations, written.doubt) == (False, "", (), doubt)


@pytest.mark.parametrize("error", [ModelOutageError("down", cause="x"), ModelAccessError("no", cause="x")])
async def test_a_model_that_is_away_is_for_the_pipeline_to_do_without(error: ModelError) -> None:
    with pytest.raises(ModelUnavailableError):
        await answering(PreparedModel({"answer": error})).answer(PLAIN, found(1.0), 0.5)


async def test_a_paid_reply_is_never_paid_for_again() -> None:
    kept = KeptReplies()
    model = PreparedModel({"answer": said(("Shipping option 1 takes 1 days.", [1]))})
    first = await answering(model, checkpoints=kept).answer(PLAIN, found(1.0), 0.5)
    after_crash = answering(model, checkpoints=kept)
    assert await after_crash.answer(PLAIN, found(1.0), 0.5) == first
    assert len(model.asked) == 1
    assert after_crash.spent[0]["kept"] is True


async def test_a_reply_that_could_not_be_used_was_paid_for_too() -> None:
    kept = KeptReplies()
    model = PreparedModel({"answer": "nonsense"})
    for _ in range(2):
        assert (await answering(model, checkpoints=kept).answer(PLAIN, found(1.0), 0.5)).doubt == "model_output"
    assert len(model.asked) == 1


async def test_what_was_spent_is_told_without_texts() -> None:
    model = PreparedModel({"rerank": {"ranking": [1]}, "answer": said(("Shipping option 1 takes 1 days.", [1]))})
    whole = answering(model, rerank="always")
    await whole.rerank(read_question(PLAIN), found(1.0, 0.9))
    await whole.answer(PLAIN, found(1.0, 0.9), 0.5)
    assert [one.get("request", "check") for one in whole.spent] == ["rerank", "answer", "check"]
    assert whole.spent[1]["prompt_tokens"] == 100
    assert "Shipping" not in json.dumps(list(whole.spent))


async def test_personal_data_does_not_leave_where_that_is_switched_on() -> None:
    model = PreparedModel(
        {
            "rewrite": {"question": "Where is the order of anna@mail.example?"},
            "rerank": {"ranking": [1]},
            "answer": said(answerable=False),
        }
    )
    whole = AnswerWithModel(model, NoCheckpoints(), Budget(20, 2), Choices("a", "r", "always", masked=True))
    question = Question("And it, anna@mail.example?", (HistoryTurn("user", "My card is 4111 1111 1111 1111"),))
    rewritten = await whole.rewrite(question)
    await whole.rerank(read_question(rewritten), found(1.0, 0.9))
    await whole.answer(question, found(1.0, 0.9), 0.5)
    sent = "".join(request.user for request in model.asked)
    assert len(model.asked) == 3
    assert "anna@" not in sent
    assert "4111" not in sent
