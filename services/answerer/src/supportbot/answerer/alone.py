"""`python -m supportbot.answerer.alone`: answers the one question that comes on standard input, and ends.

Input: `{"index": folder, "question": Question}`; output: an Answer; both as JSON.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from supportbot.answerer.app import answer_question
from supportbot.answerer.domain.answer import Answer, Question
from supportbot.answerer.settings import AnswererSettings
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from supportbot.common.settings import load_settings


async def answer_alone(request: dict[str, Any]) -> bytes:
    """The answer to a request, as JSON."""
    question = TypeAdapter(Question).validate_python(request["question"])
    index = await EdgeKnowledgeIndex.open(Path(request["index"]))
    try:
        answer = await answer_question(index, load_settings(AnswererSettings))(question)
        return TypeAdapter(Answer).dump_json(answer)
    finally:
        await index.close()


if __name__ == "__main__":
    sys.stdout.buffer.write(asyncio.run(answer_alone(json.load(sys.stdin))))
