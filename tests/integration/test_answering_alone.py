"""A question that kills its process: it runs alone, hurts nobody, and ends with a person."""

from pathlib import Path
from uuid import uuid4

import pytest

from supportbot.answerer.adapters.isolation import AloneAnswerer
from supportbot.answerer.domain.answer import Question
from supportbot.answerer.domain.recalibration import Recalibration
from supportbot.answerer.turn_ports import AnswererDiedError
from supportbot.common.database.turns import Turn
from supportbot.common.ids import ConversationId, DocumentId, uuid7
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from supportbot.indexer.domain.chunking import chunk_document

TURN = Turn(ConversationId(uuid7()), uuid4(), "web", "en", 0, 1, 3)
RETURNS = "You can return an item within 30 days of delivery. Pack it and bring it to any pickup point."


@pytest.fixture
async def index(tmp_path: Path) -> EdgeKnowledgeIndex:
    opened = await EdgeKnowledgeIndex.open(tmp_path / "index")
    await opened.replace(DocumentId("returns.md"), "1", chunk_document(DocumentId("returns.md"), "Returns", RETURNS))
    return opened


async def test_a_question_is_answered_by_a_process_of_its_own_from_a_copy_of_the_index(
    index: EdgeKnowledgeIndex,
) -> None:
    answer = await AloneAnswerer(index)(TURN, Question("How can I return an item?"))
    assert answer.ranked == ("returns.md",)
    assert "30 days" in answer.text
    await index.close()


async def test_what_votes_made_of_confidence_holds_there_too(index: EdgeKnowledgeIndex) -> None:
    doubtful = AloneAnswerer(index, recalibration=lambda: Recalibration(1.0, -20.0))
    answer = await doubtful(TURN, Question("How can I return an item?"))
    assert (answer.decision, answer.reason) == ("escalate", "low_confidence")
    await index.close()


async def test_the_threshold_that_was_chosen_holds_there_too(index: EdgeKnowledgeIndex) -> None:
    answer = await AloneAnswerer(index, threshold=lambda: 1.0)(TURN, Question("How can I return an item?"))
    assert (answer.decision, answer.reason) == ("escalate", "low_confidence")
    await index.close()


@pytest.mark.parametrize(
    ("program", "cause"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "exit code -9"),
        ("import time; time.sleep(60)", "no answer within"),
        ("print('nothing that anybody can read')", "said nothing that can be read"),
    ],
)
async def test_a_process_that_dies_or_hangs_is_reported_and_gone(
    index: EdgeKnowledgeIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, cause: str
) -> None:
    (tmp_path / "deadly_answerer.py").write_text(program, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(AnswererDiedError, match=cause):
        await AloneAnswerer(index, module="deadly_answerer", time_limit_s=2.0)(TURN, Question("Hello?"))
    await index.close()
