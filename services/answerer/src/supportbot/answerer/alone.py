"""`python -m supportbot.answerer.alone`: answers the one question that comes on standard input, and ends.

Input: `{"index": folder of a copy or "" for a server's, "question": Question, "recalibration": Recalibration,
"threshold": in place of the setting's, or null}` as JSON; output: an Answer as JSON. No model is asked: what killed the
process twice is not paid for a third time.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from supportbot.answerer.answering import open_answering
from supportbot.answerer.domain.answer import Answer, Question
from supportbot.answerer.domain.recalibration import Recalibration
from supportbot.answerer.settings import AnswererSettings
from supportbot.common.knowledge.opener import open_index
from supportbot.common.settings import load_settings


async def answer_alone(request: dict[str, Any]) -> bytes:
    """The answer to a request, as JSON."""
    question = TypeAdapter(Question).validate_python(request["question"])
    settings = load_settings(AnswererSettings)
    index = await open_index(settings, copy=Path(request["index"]) if request["index"] else None)
    try:
        answering = open_answering(index, settings)
        answering.recalibration = TypeAdapter(Recalibration).validate_python(request["recalibration"])
        answering.threshold = answering.threshold if request["threshold"] is None else float(request["threshold"])
        answer = await answering(question)
        return TypeAdapter(Answer).dump_json(answer)
    finally:
        await index.close()


if __name__ == "__main__":
    sys.stdout.buffer.write(asyncio.run(answer_alone(json.load(sys.stdin))))
