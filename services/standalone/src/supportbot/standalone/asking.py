"""Answering one question for a command, by this process or by the one that runs on the same data folder."""

from typing import Any

from supportbot.answerer.domain.answer import Question
from supportbot.standalone.knowledge import open_knowledge, open_knowledge_of_services
from supportbot.standalone.running import find_services, find_soon, post
from supportbot.standalone.settings import StandaloneSettings
from supportbot.standalone.shapes import answer_shape


async def ask_once(settings: StandaloneSettings, text: str) -> dict[str, Any]:
    """The answer in the promised form. Without a running process, what is new in the documents is indexed first."""
    running = await find_soon(settings.data_folder)
    if running is not None:
        return await post(running, "/local/ask", {"question": text})
    if find_services(settings.data_folder) is not None:
        async with open_knowledge_of_services(settings) as knowledge:
            return answer_shape(await knowledge.answerer.answer(Question(text)))
    async with open_knowledge(settings) as knowledge:
        await knowledge.indexer.until_settled()
        return answer_shape(await knowledge.answerer.answer(Question(text)))
