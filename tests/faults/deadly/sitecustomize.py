"""Every Python that has this folder in PYTHONPATH begins with this: it dies at one question, as by a broken library."""

import os
import signal
from pathlib import Path

from supportbot.answerer.domain.answer import Answer, Question
from supportbot.answerer.use_cases.answer_question import AnswerQuestion

_answer = AnswerQuestion.__call__
_deadly = Path(os.environ["DEADLY_WORDS"])


def _is_deadly(text: str) -> bool:
    return _deadly.exists() and _deadly.read_text(encoding="utf-8") in text


async def _die_or_answer(self: AnswerQuestion, question: Question, *more: object) -> Answer:
    if _is_deadly(question.text):
        os.kill(os.getpid(), signal.SIGSEGV)
    return await _answer(self, question, *more)  # type: ignore[arg-type]  # whatever else it is given


AnswerQuestion.__call__ = _die_or_answer  # type: ignore[method-assign,assignment]  # for this process only
