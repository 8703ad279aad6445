"""How an answer becomes what is stored."""

from dataclasses import replace
from uuid import UUID

import pytest

from supportbot.answerer.domain.answer import Answer, Citation, Decision, Reason
from supportbot.answerer.domain.outcome import HINTED_FROM, outcome_of
from supportbot.common.ids import ChunkId, DocumentId
from supportbot.common.knowledge.passages import Passage


def passage(number: int) -> Passage:
    return Passage(
        ChunkId(UUID(int=number)), DocumentId("returns.md"), "Returns", (), f"Passage {number}.", number, "en"
    )


def test_an_operator_gets_the_best_passages_each_with_how_well_it_fits() -> None:
    found = tuple(passage(number) for number in range(5))
    answer = Answer("escalate", "low_confidence", "en", passages=found, scores=(0.9, 0.7, 0.5, 0.3, 0.1))
    outcome = outcome_of("?", answer, "en")
    assert [(one.text, one.score) for one in outcome.passages] == [
        ("Passage 0.", 0.9),
        ("Passage 1.", 0.7),
        ("Passage 2.", 0.5),
    ]


def cited(document: str, quote: str) -> Citation:
    found = passage(1)
    return replace(Citation.of(found, quote), document=DocumentId(document))


def test_who_waits_is_shown_two_places_where_the_answer_may_stand() -> None:
    places = tuple(cited(*one) for one in (("a.md", "One."), ("a.md", "Two."), ("b.md", "Three."), ("c.md", "Four.")))
    answer = Answer("escalate", "low_confidence", "en", text="One.", confidence=HINTED_FROM, citations=places)
    outcome = outcome_of("?", answer, "en")
    assert [(one.document, one.quote) for one in outcome.hints] == [("a.md", "One."), ("b.md", "Three.")]
    assert outcome.citations == ()


@pytest.mark.parametrize(
    ("decision", "reason", "confidence"),
    [
        ("escalate", "low_confidence", HINTED_FROM - 0.01),
        ("escalate", "not_in_documents", 0.6),
        ("escalate", "unsupported_answer", 0.6),
        ("answer", "answered", 0.9),
    ],
)
def test_nothing_is_hinted_at_where_it_is_unlikely_or_judged_not_to_be_there(
    decision: Decision, reason: Reason, confidence: float
) -> None:
    answer = Answer(decision, reason, "en", text="One.", confidence=confidence, citations=(cited("a.md", "One."),))
    assert outcome_of("?", answer, "en").hints == ()
