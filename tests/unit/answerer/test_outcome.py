"""How an answer becomes what is stored."""

from uuid import UUID

from supportbot.answerer.domain.answer import Answer
from supportbot.answerer.domain.outcome import outcome_of
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
