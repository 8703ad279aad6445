"""The fakes and the real clients that drive them."""

from collections.abc import AsyncIterator

import httpx
import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from openai import AsyncOpenAI

from tests.fakes.openai import FakeOpenAI
from tests.fakes.telegram import FakeTelegram

ANNA = 7
GROUP = -1001
FORUM = -1002


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    """A Bot API with a user, a group and a forum."""
    async with FakeTelegram() as fake:
        fake.add_user(ANNA, "Anna")
        fake.add_group(GROUP)
        fake.add_forum(FORUM)
        yield fake


@pytest.fixture
async def bot(telegram: FakeTelegram) -> AsyncIterator[Bot]:
    """The aiogram client."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(telegram.base_url))
    async with Bot(telegram.token, session=session) as client:
        yield client


@pytest.fixture
async def api(telegram: FakeTelegram) -> AsyncIterator[httpx.AsyncClient]:
    """Raw requests to the Bot API."""
    async with httpx.AsyncClient(base_url=f"{telegram.base_url}/bot{telegram.token}/", trust_env=False) as client:
        yield client


@pytest.fixture
async def model_server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as fake:
        yield fake


@pytest.fixture
async def client(model_server: FakeOpenAI) -> AsyncIterator[AsyncOpenAI]:
    """The openai client, without its own retries."""
    async with AsyncOpenAI(
        api_key=model_server.api_key, base_url=model_server.base_url, max_retries=0, timeout=5
    ) as found:
        yield found


@pytest.fixture
async def http(model_server: FakeOpenAI) -> AsyncIterator[httpx.AsyncClient]:
    """Raw requests to the model server."""
    headers = {"authorization": f"Bearer {model_server.api_key}"}
    async with httpx.AsyncClient(base_url=model_server.base_url, headers=headers, trust_env=False) as found:
        yield found
