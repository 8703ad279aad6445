"""One trace from what somebody said to the reply, through every process and the bus; seen by a collector's eyes."""

import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID

import pytest
import pytest_asyncio

from tests.e2e.conftest import Deploy, NewProduct, with_bot
from tests.e2e.visitor import Visitor
from tests.fakes.openai.server import FakeOpenAI
from tests.fakes.otlp.server import Collected
from tests.fakes.otlp.spans import Span, ancestors, lost_parents
from tests.fakes.telegram.server import FakeTelegram
from tests.servers.process import free_port
from tests.servers.stand_in import stand_in

ANNA, BORIS = 41, 42
QUESTION = "How do I return an item?"
BURST = ("Hello", "I bought a lamp", QUESTION)
RETRIEVAL = {"answerer.understand", "answerer.retrieve"}
AWAY = "The collector takes no traces"


@dataclass(frozen=True)
class Told:
    """What a deployment told a collector in the course of one story, and what must not be in it."""

    kind: str
    spans: Sequence[Span]
    conversations: Sequence[str]
    hidden: Sequence[str]

    def of(self, root: str) -> list[Span]:
        """The spans of the only trace of one message that began so."""
        trace_id = next(span.trace_id for span in self.spans if span.name == root)
        return [span for span in self.spans if span.trace_id == trace_id]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def told(deployment_kind: str, deploy: Deploy, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Told]:
    """Anna asks in Telegram, Boris in three messages, somebody on the web; then everything stops at once."""
    folder = tmp_path_factory.mktemp("traces")
    with ExitStack() as stack:
        collector = stack.enter_context(stand_in("otlp", folder / "otlp.log"))
        async with FakeTelegram() as telegram, FakeOpenAI() as model:
            settings = {
                **with_bot(
                    telegram,
                    OPENAI_API_KEY=model.api_key,
                    OPENAI_API_BASE=model.base_url,
                    RERANK="always",
                    ANSWER_CACHE="false",
                ),
                "OTEL_EXPORTER_OTLP_ENDPOINT": collector,
            }
            telegram.add_user(ANNA, "Anna")
            telegram.add_user(BORIS, "Boris")
            product = deploy(stack, folder / "product", settings)
            try:
                await product.start()
                telegram.user_says(ANNA, QUESTION)
                await telegram.wait_for_message(ANNA, timeout=30)
                for text in BURST:
                    telegram.user_says(BORIS, text)
                await telegram.wait_for_message(BORIS, timeout=30)
                async with Visitor(product.base_url) as visitor:
                    await visitor.ask(QUESTION, within_s=30)
                conversations = [str(row[0]) for row in product.rows("SELECT id FROM conversations")]
                assert await product.stop() == 0
            finally:
                await product.discard()
            hidden = ("return an", "30 days", "lamp", "Anna", telegram.token, model.api_key)
            yield Told(deployment_kind, await Collected(collector).spans(), conversations, hidden)


def only(spans: Sequence[Span], name: str, **attributes: str) -> Span:
    found = [span for span in spans if span.name == name and attributes.items() <= span.attributes.items()]
    assert len(found) == 1, (name, sorted(span.name for span in spans))
    return found[0]


@pytest.mark.parametrize("root", ["telegram.receive", "web.receive"])
def test_everything_that_a_message_leads_to_is_in_its_trace(told: Told, root: str) -> None:
    spans = told.of(root)
    assert [span.name for span in spans if not span.parent_id] == [root]
    published = ["publish conversation.question_asked"] if told.kind == "services" else []
    handled = only(spans, "handle conversation.question_asked", queue="answerer.questions")
    assert ancestors(handled, spans) == ["handle conversation.question_asked", *published, root]
    assert ancestors(only(spans, "answerer.finish"), spans) == ["answerer.finish", "answerer.turn", root]
    names = {span.name for span in spans}
    assert names >= RETRIEVAL | {"model.rerank", "model.answer"}, names
    assert {span.status for span in spans} == {""}


def test_the_trace_of_a_telegram_message_ends_with_the_sent_reply(told: Told) -> None:
    spans = told.of("telegram.receive")
    sent = only(spans, "telegram.send")
    assert ancestors(sent, spans) == ["telegram.send", "answerer.finish", "answerer.turn", "telegram.receive"]
    assert sent.attributes["outcome"] == "sent"
    heard = only(spans, "handle answer.ready", queue="gateway.replies")
    assert ancestors(heard, spans)[-3:] == ["answerer.finish", "answerer.turn", "telegram.receive"]


def test_no_span_is_lost_when_the_processes_stop(told: Told) -> None:
    assert lost_parents(told.spans) == []
    assert len([span for span in told.spans if span.name.endswith(".receive")]) == 1 + len(BURST) + 1


def test_a_burst_is_one_turn_that_names_every_message(told: Told) -> None:
    received = {span.span_id: span.trace_id for span in told.spans if span.name == "telegram.receive"}
    (turn,) = [span for span in told.spans if span.name == "answerer.turn" and span.links]
    assert {turn.parent_id, *turn.links} <= set(received)
    assert len({received[span_id] for span_id in (turn.parent_id, *turn.links)}) == len(BURST)


def test_spans_name_the_service_and_the_conversation_and_nothing_that_was_said(told: Told) -> None:
    services = {"supportbot"} if told.kind == "all-in-one" else {"supportbot-gateway", "supportbot-answerer"}
    assert services <= {span.service for span in told.spans}
    named = {UUID(span.attributes["conversation_id"]) for span in told.spans if "conversation_id" in span.attributes}
    assert named == {UUID(conversation) for conversation in told.conversations}
    everything = "\n".join(map(str, told.spans))
    assert [hidden for hidden in told.hidden if hidden in everything] == []


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("hangs", [False, True])
async def test_a_collector_that_is_away_costs_one_warning_and_nothing_else(
    new_product: NewProduct, silent_port: int, hangs: bool
) -> None:
    port = silent_port if hangs else free_port()
    product = new_product(
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}",
        OTEL_BSP_SCHEDULE_DELAY="50",
        OTEL_EXPORTER_OTLP_TIMEOUT="1",
    )
    await product.start()
    async with Visitor(product.base_url) as visitor:
        for _ in range(4):
            assert (await visitor.ask(QUESTION)).sources
    assert await product.stop() == 0
    assert product.log().count(AWAY) == 1, product.log()
    assert product.errors_in_log() == []
