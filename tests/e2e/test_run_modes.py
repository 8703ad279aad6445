"""RUN_MODE=telegram and RUN_MODE=web side by side, on every pair of stores that they may share."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from supportbot.common.i18n import translate
from tests.e2e.conftest import with_bot
from tests.e2e.inbox import Operator
from tests.e2e.network import Network, Server
from tests.e2e.process import get
from tests.e2e.records import SqliteRecords
from tests.e2e.services import Services, side_by_side
from tests.e2e.visitor import Visitor
from tests.fakes.telegram.server import FakeTelegram

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANNA, BORIS = 1001, 1002
NOT_IN_THE_DOCUMENTS = "What is the airspeed velocity of an unladen swallow?"
SHARED: dict[str, tuple[Server, ...]] = {"folder": (), "postgres": ("postgres",), "rabbitmq": ("postgres", "rabbitmq")}


@dataclass
class Both:
    """Two processes that are one product, and its Telegram."""

    product: Services
    telegram: FakeTelegram


@pytest_asyncio.fixture(
    loop_scope="module",
    scope="module",
    params=[
        pytest.param("folder", id="one data folder"),
        pytest.param("postgres", id="PostgreSQL alone", marks=pytest.mark.postgres),
        pytest.param("rabbitmq", id="PostgreSQL and RabbitMQ", marks=[pytest.mark.postgres, pytest.mark.rabbitmq]),
    ],
)
async def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, indexed_data: Path
) -> AsyncIterator[Both]:
    folder = tmp_path_factory.mktemp("both")
    with ExitStack() as stack:
        async with FakeTelegram() as telegram:
            telegram.add_user(ANNA, "Anna")
            telegram.add_user(BORIS, "Boris")
            product = deployed(stack, request, folder, with_bot(telegram), indexed_data)
            try:
                await product.start()
                yield Both(product, telegram)
                assert (await product.stop(), product.errors_in_log()) == (0, [])
            finally:
                await product.discard()


def deployed(
    stack: ExitStack, request: pytest.FixtureRequest, folder: Path, settings: dict[str, str], data: Path
) -> Services:
    """Both processes on what they share; the index is in the folder in every case."""
    servers = SHARED[request.param]
    if not servers:
        shutil.copytree(data, folder / "data")
        return side_by_side(folder, SqliteRecords(folder / "data" / "supportbot.db"), settings)
    network: Network = request.getfixturevalue("network")
    own = network.own(folder, servers)
    stack.callback(own.drop)
    assert own.records is not None
    return side_by_side(folder, own.records, {**own.settings, **settings})


async def test_a_question_is_answered_with_its_sources(both: Both) -> None:
    async with Visitor(both.product.base_url) as visitor:
        reply = await visitor.ask("How do I return an item?")
    assert "30 days" in reply.text
    assert reply.sources


async def test_a_persons_reply_from_the_other_process_appears_in_the_open_chat(both: Both) -> None:
    async with Visitor(both.product.base_url) as visitor, Operator(both.product.inbox_url) as operator:
        told = asyncio.create_task(operator.hears_of(NOT_IN_THE_DOCUMENTS))
        assert (await visitor.ask(NOT_IN_THE_DOCUMENTS)).is_handover
        await told
        conversation = await operator.find(NOT_IN_THE_DOCUMENTS)
        assert (await operator.reply(conversation, "About 11 metres per second.")).is_success
        reply = await visitor.reply_after(1)
    assert (reply.author, "About 11 metres per second." in reply.text) == ("person", True)


async def test_a_persons_reply_from_the_other_process_reaches_telegram(both: Both) -> None:
    question = f"{NOT_IN_THE_DOCUMENTS} A European one."
    both.telegram.user_says(ANNA, question)
    await both.telegram.wait_for_message(ANNA, lambda sent: sent.text.startswith(translate("answer.escalated", "en")))
    async with Operator(both.product.inbox_url) as operator:
        conversation = await operator.find("A European one.")
        assert (await operator.reply(conversation, "It depends on the wind.")).is_success
        await both.telegram.wait_for_message(ANNA, lambda sent: "It depends on the wind." in sent.text)


async def test_each_process_serves_its_own_pages_only(both: Both) -> None:
    assert (await get(f"{both.product.base_url}/inbox")).status_code == httpx.codes.NOT_FOUND
    first_page = await get(f"{both.product.inbox_url}/")
    assert (first_page.status_code, first_page.headers["location"]) == (httpx.codes.TEMPORARY_REDIRECT, "inbox")
    assert (await get(f"{both.product.inbox_url}/api/v1/chat/events")).status_code == httpx.codes.NOT_FOUND


async def test_without_the_pages_questions_are_answered_and_without_the_answerer_they_wait(both: Both) -> None:
    web, channels = both.product.of["web"], both.product.of["telegram"]
    assert await web.stop() == 0
    async with Visitor(both.product.base_url) as visitor:
        assert "30 days" in (await visitor.ask("How do I return an item?")).text
    await web.start()
    assert await channels.stop() == 0
    seen = len(both.telegram.sent(BORIS))
    both.telegram.user_says(BORIS, "How do I return an item?")
    async with Operator(both.product.inbox_url) as operator:
        await operator.waiting()
    await channels.start()
    assert "30 days" in (await both.telegram.wait_for_count(seen + 1, BORIS, timeout=30))[seen].text
