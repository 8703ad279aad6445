"""With a model key, answers are written by the model and held against the passages; without the model, extracts."""

from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest
import pytest_asyncio

from tests.e2e.conftest import Deploy
from tests.e2e.deployment import Deployment
from tests.e2e.visitor import Visitor
from tests.fakes.openai.failures import Kind
from tests.fakes.openai.server import FakeOpenAI

pytestmark = pytest.mark.asyncio(loop_scope="module")
QUESTION = "How do I return an item?"
FOR_EVER = 1_000_000
REPLY_WITHIN_S = 60.0


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def model() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as fake:
        yield fake


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def shared(
    deploy: Deploy, tmp_path_factory: pytest.TempPathFactory, model: FakeOpenAI
) -> AsyncIterator[Deployment]:
    settings = {"OPENAI_API_KEY": model.api_key, "OPENAI_API_BASE": model.base_url, "MODEL_TIMEOUT": "5"}
    settings["ANSWER_CACHE"] = "false"
    with ExitStack() as servers:
        made = deploy(servers, tmp_path_factory.mktemp("model"), settings)
        try:
            await made.start()
            yield made
        finally:
            await made.discard()


@pytest_asyncio.fixture(loop_scope="module")
async def product(shared: Deployment, model: FakeOpenAI) -> Deployment:
    """Its answerer knows nothing of the failures of the test before."""
    model.heal()
    if model.calls():
        assert await shared.answerer.stop() == 0
        await shared.answerer.start()
        model.forget()
    return shared


async def test_the_model_writes_the_answer_and_the_sources_are_shown(product: Deployment, model: FakeOpenAI) -> None:
    async with Visitor(product.base_url) as visitor:
        reply = await visitor.ask(QUESTION, within_s=REPLY_WITHIN_S)
    assert not reply.is_handover
    assert reply.sources
    assert model.calls("chat")
    assert product.errors_in_log() == []
    assert model.api_key not in product.log()


@pytest.mark.parametrize("kind", ["server_error", "reset", "hang", "unauthorized", "quota", "rate_limit"])
async def test_without_the_model_a_reply_still_comes(product: Deployment, model: FakeOpenAI, kind: Kind) -> None:
    model.fail(kind, times=FOR_EVER)
    async with Visitor(product.base_url) as visitor:
        assert (await visitor.ask(QUESTION, within_s=REPLY_WITHIN_S)).text


@pytest.mark.parametrize("kind", ["malformed", "refusal", "empty", "length", "content_filter", "not_json"])
async def test_nonsense_from_the_model_reaches_nobody(product: Deployment, model: FakeOpenAI, kind: Kind) -> None:
    model.fail(kind, times=FOR_EVER)
    async with Visitor(product.base_url) as visitor:
        reply = await visitor.ask(QUESTION, within_s=REPLY_WITHIN_S)
    assert reply.is_handover or reply.sources


async def test_an_answer_that_the_passages_do_not_bear_out_is_not_given(product: Deployment, model: FakeOpenAI) -> None:
    model.answer_with("You may return it within 90 years, and we pay you double.", times=None)
    async with Visitor(product.base_url) as visitor:
        reply = await visitor.ask(QUESTION, within_s=REPLY_WITHIN_S)
    assert "90 years" not in reply.text
