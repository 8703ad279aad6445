"""The support bot that somebody writes in an afternoon: aiogram polls, LangChain's BM25 finds, memory forgets.

It runs by itself in an environment of its own (requirements/bench-rivals.txt), and nothing of ours is imported here.
The best passage is the answer. What is asked while it restarts, or what Telegram does not take at once, is lost.
"""

import asyncio
import json
import os
import re
from pathlib import Path

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message
from langchain_community.retrievers import BM25Retriever

LONGEST_MESSAGE = 4096


def words(text: str) -> list[str]:
    """What BM25 counts."""
    return re.findall(r"\w+", text.lower())


async def main(passages: list[str]) -> None:
    """Answer until the process is stopped."""
    retriever = BM25Retriever.from_texts(passages, preprocess_func=words, k=1)
    server = TelegramAPIServer.from_base(os.environ["TELEGRAM_API_BASE"])
    bot = Bot(os.environ["TELEGRAM_BOT_TOKEN"], session=AiohttpSession(api=server))
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def answer(message: Message) -> None:
        found = await retriever.ainvoke(message.text or "")
        await message.answer(found[0].page_content[:LONGEST_MESSAGE])

    await dispatcher.start_polling(bot)


if __name__ == "__main__":
    asyncio.run(main(json.loads(Path(os.environ["PASSAGES"]).read_text(encoding="utf-8"))))
