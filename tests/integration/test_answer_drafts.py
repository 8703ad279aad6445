"""Drafts from the model's server to the page: streamed, checked, taken back; over the real wire."""

import asyncio
import json
from uuid import UUID, uuid4

import pytest

from supportbot.answerer.adapters.turn_answerer import TurnAnswerer
from supportbot.answerer.use_cases.answer_question import AnswerQuestion
from supportbot.common.bus.local import LocalBus
from supportbot.common.contracts import AnswerProgressed, Event
from supportbot.common.database.transactions import Database
from supportbot.common.database.turns import Turn
from supportbot.common.ids import uuid7
from supportbot.common.knowledge.edge import EdgeKnowledgeIndex
from tests.fakes.openai import FakeOpenAI
from tests.fakes.openai.failures import Kind
from tests.integration.answering import ANSWERER, QUESTION, conversation, opened
from tests.integration.test_web_events import SOON_S, say, stage, stream, visitor  # noqa: F401  # fixtures
from tests.integration.web_stage import Stage

SENTENCES = ["You can return an item within 30 days of receiving it.", "Courier collection costs 390 ₽."]


def reply(*sentences: str) -> str:
    said = [{"text": text, "citations": [1]} for text in sentences]
    return json.dumps({"answerable": True, "complete": True, "sentences": said}, ensure_ascii=False)


async def drafts(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, database: Database, threshold: float = 0.0
) -> tuple[list[str], str, str]:
    """What was shown, and how it ended: text and reason."""
    seen: list[str] = []

    async def show(text: str) -> None:
        seen.append(text)

    conversation_id = await conversation(database)
    async with opened(server, database=database, confidence_threshold=threshold) as model:
        answer = await AnswerQuestion(index, threshold=threshold)(QUESTION, model.for_turn(conversation_id, 1, show))
    return seen, answer.text, answer.reason


async def test_an_answer_grows_and_the_last_draft_is_the_answer(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, sqlite_database: Database
) -> None:
    server.answer_with(reply(*SENTENCES), model=ANSWERER)
    seen, text, _ = await drafts(server, index, sqlite_database)
    assert seen == [SENTENCES[0], " ".join(SENTENCES)]
    assert text == seen[-1]
    (call,) = server.calls("chat")
    assert call.body["stream"] is True
    assert call.prompt_tokens > 0


async def test_drafts_of_a_turn_from_telegram_are_told_with_the_attempt_that_wrote_them(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, sqlite_database: Database
) -> None:
    server.answer_with(reply(*SENTENCES), model=ANSWERER)
    bus, told = LocalBus(), list[AnswerProgressed]()

    async def note(event: Event) -> None:
        assert isinstance(event, AnswerProgressed)
        told.append(event)

    bus.listen((AnswerProgressed,), note)
    turn = Turn(await conversation(sqlite_database), uuid4(), "telegram", "en", 0, 1, 1)
    async with opened(server, database=sqlite_database) as model:
        answerer = TurnAnswerer(AnswerQuestion(index, threshold=0.0), bus, None)
        answerer.ask_model(model)
        answer = await answerer(turn, QUESTION)
    assert [event.text for event in told] == [SENTENCES[0], " ".join(SENTENCES)]
    assert answer.text == told[-1].text
    assert {(event.turn_to, event.token) for event in told} == {(1, turn.token)}


async def test_tokens_of_a_stream_are_counted(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, sqlite_database: Database
) -> None:
    from supportbot.common.database.model_costs import spent_today

    await drafts(server, index, sqlite_database)
    spent = await sqlite_database.read(spent_today)
    assert spent.tokens == sum(server.tokens().values()) > 0


@pytest.mark.parametrize(
    ("bad", "shown"),
    [
        ("It costs 999 ₽.", [SENTENCES[0], ""]),
        ("See https://evil.example/x.", [SENTENCES[0], ""]),
        ("<b>Bold</b> claims about <img src=x>.", [SENTENCES[0], ""]),
    ],
)
async def test_a_sentence_that_does_not_hold_takes_the_draft_back_and_a_person_answers(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, sqlite_database: Database, bad: str, shown: list[str]
) -> None:
    server.answer_with(reply(SENTENCES[0], bad), model=ANSWERER)
    seen, text, reason = await drafts(server, index, sqlite_database)
    assert (seen, text, reason) == (shown, "", "unsupported_answer")


@pytest.mark.parametrize("kind", ["cut_stream", "reset", "server_error"])
async def test_a_stream_that_breaks_is_asked_for_again_and_its_draft_taken_back(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, sqlite_database: Database, kind: Kind
) -> None:
    server.answer_with(reply(*SENTENCES), model=ANSWERER, times=None)
    server.fail(kind, times=1)
    seen, text, _ = await drafts(server, index, sqlite_database)
    assert text == seen[-1] == " ".join(SENTENCES)
    assert len(server.calls("chat")) == 2


@pytest.mark.parametrize("kind", ["malformed", "refusal", "empty", "length", "content_filter", "not_json"])
async def test_a_stream_of_nothing_usable_shows_nothing_that_stays(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, sqlite_database: Database, kind: Kind
) -> None:
    server.answer_with(reply(*SENTENCES), model=ANSWERER, times=None)
    server.fail(kind, times=10)
    seen, text, reason = await drafts(server, index, sqlite_database)
    assert seen[-1:] in ([], [""])
    assert (text, reason) == ("", "model_output")


async def test_a_server_that_streams_nothing_answers_all_the_same(
    server: FakeOpenAI, index: EdgeKnowledgeIndex, sqlite_database: Database
) -> None:
    async with opened(server, database=sqlite_database, answer_streaming=False) as model:
        conversation_id = await conversation(sqlite_database)
        answer = await AnswerQuestion(index, threshold=0.0)(QUESTION, model.for_turn(conversation_id, 1, _unseen))
    assert answer.text
    assert "stream" not in server.calls("chat")[0].body


async def _unseen(text: str) -> None:
    raise AssertionError(text)


async def test_an_open_page_sees_drafts_of_its_own_conversation_and_no_old_ones(
    stage: Stage,  # noqa: F811
    visitor: object,  # noqa: F811
) -> None:
    import httpx

    assert isinstance(visitor, httpx.AsyncClient)
    await say(visitor, "How long?")
    await stage.settle()
    asked = stage.events[0].correlation_id
    token = uuid4()

    def draft(number: int, text: str, of: UUID = asked) -> AnswerProgressed:
        return AnswerProgressed(
            correlation_id=of,
            conversation_id=of,
            turn_to=1,
            token=token,
            number=number,
            text=text,
        )

    seen: list[str] = []
    async with asyncio.timeout(SOON_S):
        async for event in stream(visitor, "0.0"):
            if event.event == "state":
                await stage.bus.publish(draft(1, "somebody else's", uuid7()))
                await stage.bus.publish(draft(2, "You have"))
            if event.event == "draft":
                seen.append(json.loads(event.data)["text"])
                if len(seen) == 1:
                    await stage.bus.publish(draft(1, "late and old"))
                    await stage.bus.publish(draft(3, ""))
                if len(seen) == 2:
                    break
    assert seen == ["You have", ""]
