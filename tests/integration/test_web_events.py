"""The chat's live stream: what comes arrives once, in order, also after a break; and a stop is not held up."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator

import httpx
import pytest
from httpx_sse import ServerSentEvent, aconnect_sse

from supportbot.common.database import conversations as protocol
from supportbot.common.database.transactions import Database
from supportbot.common.ids import ConversationId
from supportbot.gateway.entrypoints.web_events import StreamLimits
from tests.fakes.serving import LoopbackServer
from tests.integration.web_stage import Stage, staged

SOON_S = 10
STREAMS = 3


@pytest.fixture
async def stage(sqlite_database: Database) -> AsyncGenerator[Stage]:
    async with staged(sqlite_database, streams=StreamLimits(per_visitor=STREAMS, in_all=STREAMS + 1)) as made:
        yield made


@pytest.fixture
async def visitor(stage: Stage) -> AsyncGenerator[httpx.AsyncClient]:
    server = LoopbackServer(stage.app)
    await server.start()
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=SOON_S) as client:
        await client.get("/")
        yield client
    await stage.chat.stop()
    await server.stop()


async def say(client: httpx.AsyncClient, text: str) -> None:
    accepted = await client.post("/chat/messages", json={"text": text, "client_id": text})
    assert accepted.status_code == 202


async def stream(client: httpx.AsyncClient, after: str, **headers: str) -> AsyncIterator[ServerSentEvent]:
    async with aconnect_sse(client, "GET", f"/chat/events?after={after}", headers=headers) as source:
        async for event in source.aiter_sse():
            yield event


async def entries(events: AsyncIterator[ServerSentEvent], number: int) -> list[ServerSentEvent]:
    """The next entries of a stream."""
    found: list[ServerSentEvent] = []
    async with asyncio.timeout(SOON_S):
        async for event in events:
            if event.event == "entry":
                found.append(event)
            if len(found) == number:
                return found
    raise AssertionError(f"the stream ended after {len(found)} of {number} entries")


async def next_state(events: AsyncIterator[ServerSentEvent]) -> str:
    async with asyncio.timeout(SOON_S):
        async for event in events:
            if event.event == "state":
                return str(json.loads(event.data)["state"])
    raise AssertionError("the stream ended without a state")


async def test_a_question_and_its_answer_arrive_while_the_page_is_open(
    stage: Stage, visitor: httpx.AsyncClient
) -> None:
    events = stream(visitor, "0.0")
    assert await next_state(events) == "ready"
    await say(visitor, "How long?")
    [question] = await entries(events, 1)
    assert "How long?" in json.loads(question.data)["html"]
    assert await next_state(events) == "thinking"
    await stage.answer("You have 30 days.")
    [answer] = await entries(events, 1)
    assert (json.loads(answer.data)["author"], answer.id) == ("machine", "1.1")
    assert await next_state(events) == "ready"


async def test_after_a_break_what_was_missed_arrives_once(stage: Stage, visitor: httpx.AsyncClient) -> None:
    await say(visitor, "One?")
    await stage.answer("First.")
    [_, first] = await entries(stream(visitor, "0.0"), 2)
    await say(visitor, "Two?")
    await stage.answer("Second.")
    missed = await entries(stream(visitor, "0.0", **{"Last-Event-ID": first.id}), 2)
    assert ["Two?" in missed[0].data, "Second." in missed[1].data] == [True, True]


async def test_the_number_of_the_newest_reply_alone_is_a_cursor_too(stage: Stage, visitor: httpx.AsyncClient) -> None:
    for text in ("One.", "Two."):
        await say(visitor, text)
        await stage.answer(text)
    [second] = await entries(stream(visitor, "", **{"Last-Event-ID": "1"}), 1)
    assert json.loads(second.data)["out"] == "2"


@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 40, "1.2.3", "١", ""])
async def test_a_cursor_that_cannot_be_read_begins_now(stage: Stage, visitor: httpx.AsyncClient, cursor: str) -> None:
    await say(visitor, "Old?")
    events = stream(visitor, httpx.QueryParams({"c": cursor})["c"])
    assert await next_state(events) == "thinking"
    await stage.answer("New.")
    [entry] = await entries(events, 1)
    assert "New." in entry.data


async def test_a_take_over_that_no_event_tells_of_shows_all_the_same(stage: Stage, visitor: httpx.AsyncClient) -> None:
    await say(visitor, "How long?")
    events = stream(visitor, "0.0")
    assert await next_state(events) == "thinking"
    conversation_id = ConversationId(stage.events[0].correlation_id)
    await stage.database.write(lambda tx: protocol.take_over(tx, conversation_id))
    assert await next_state(events) == "person"


async def test_another_visitor_hears_nothing_of_it(stage: Stage, visitor: httpx.AsyncClient) -> None:
    async with httpx.AsyncClient(base_url=visitor.base_url, trust_env=False, timeout=SOON_S) as other:
        await other.get("/")
        events = stream(other, "0.0")
        assert await next_state(events) == "ready"
        await say(visitor, "How long?")
        await stage.answer("Secret.")
        await say(other, "Mine?")
        [entry] = await entries(events, 1)
    assert "Mine?" in entry.data


async def test_who_keeps_no_cookie_is_told_not_to_come_back(visitor: httpx.AsyncClient) -> None:
    visitor.cookies.clear()
    assert (await visitor.get("/chat/events")).status_code == 204


async def test_one_visitor_cannot_open_streams_without_end(stage: Stage, visitor: httpx.AsyncClient) -> None:
    open_ones = [stream(visitor, "0.0") for _ in range(STREAMS)]
    assert [await next_state(events) for events in open_ones] == ["ready"] * STREAMS
    assert (await visitor.get("/chat/events")).status_code == 429


async def test_all_visitors_together_cannot_open_streams_without_end(stage: Stage, visitor: httpx.AsyncClient) -> None:
    open_ones = [stream(visitor, "0.0") for _ in range(STREAMS)]
    assert [await next_state(events) for events in open_ones] == ["ready"] * STREAMS
    async with httpx.AsyncClient(base_url=visitor.base_url, trust_env=False, timeout=SOON_S) as other:
        await other.get("/")
        last = stream(other, "0.0")
        assert await next_state(last) == "ready"
        refused = await other.get("/chat/events")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")


async def test_a_stop_ends_open_streams_at_once(stage: Stage, visitor: httpx.AsyncClient) -> None:
    events = stream(visitor, "0.0")
    assert await next_state(events) == "ready"
    await stage.chat.stop()
    async with asyncio.timeout(SOON_S):
        assert [event async for event in events] == []
