"""`python -m supportbot.answerer.alone`: answers the one question that comes on standard input, and ends.

Input: `{"index": folder of a copy, empty for an index on a server, "question": Question}`; output: an Answer; as JSON.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from supportbot.answerer.answering import answer_question
from supportbot.answerer.domain.answer import Answer, Question
from supportbot.answerer.settings import AnswererSettings
from supportbot.common.knowledge.opener import open_index
from supportbot.common.settings import load_settings


async def answer_alone(request: dict[str, Any]) -> bytes:
    """The answer to a request, as JSON."""
    question = TypeAdapter(Question).validate_python(request["question"])
    settings = load_settings(AnswererSettings)
    index = await open_index(settings, copy=Path(request["index"]) if request["index"] else None)
    try:
        answer = await answer_question(index, settings)(question)
        return TypeAdapter(Answer).dump_json(answer)
    finally:
        await index.close()


if __name__ == "__main__":
    sys.stdout.buffer.write(asyncio.run(answer_alone(json.load(sys.stdin))))
