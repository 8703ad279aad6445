"""Writing a reply: a draft that the server keeps, colleagues who see it, a suggestion, the trace of the machine."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, update

from supportbot.admin_api.inbox.repository import InboxRepository
from supportbot.common.database.conversations import delete_conversation
from supportbot.common.database.schema.inbox_tables import drafts
from supportbot.common.database.schema.tables import answers
from supportbot.common.database.transactions import Database
from supportbot.common.ids import ConversationId, uuid7
from tests.integration.signing_in import added, signed_in
from tests.integration.web_stage import Stage, first_conversation, staged

BEGUN = "It is covered if"


@pytest.fixture
async def stage(database: Database) -> AsyncGenerator[Stage]:
    async with staged(database) as made:
        await added(made.database)
        await added(made.database, "boris", "operator")
        yield made


@pytest.fixture
async def pair(stage: Stage) -> AsyncGenerator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """Anna and Boris, each with the inbox open."""
    async with AsyncExitStack() as stack:
        yield (
            await stack.enter_async_context(signed_in(stage)),
            await stack.enter_async_context(signed_in(stage, "boris")),
        )


async def asked(
    stage: Stage, operator: httpx.AsyncClient, *, decision: str = "escalate", text: str = "30 days. [1]"
) -> str:
    async with stage.client() as visitor:
        await visitor.get("/")
        await visitor.post("/chat/messages", json={"text": "Is it covered?", "client_id": "m1"})
        await stage.answer(text, decision=decision, confidence=0.46)
    return f"/inbox/{first_conversation((await operator.get('/inbox?view=all')).text)}"


def id_of(path: str) -> ConversationId:
    return ConversationId(UUID(path.rpartition("/")[2]))


async def test_a_draft_is_there_in_every_browser_of_whoever_wrote_it_and_in_no_other(
    stage: Stage, pair: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    anna, boris = pair
    path = await asked(stage, anna)
    assert (await anna.post(f"{path}/draft", json={"text": BEGUN, "note": "1"})).status_code == 200
    async with signed_in(stage) as elsewhere:
        page = (await elsewhere.get(path)).text
    assert BEGUN in page
    assert "answer--note" in page
    assert BEGUN not in (await boris.get(path)).text


@pytest.mark.parametrize("how", ["reply", "note", "draft"])
async def test_it_is_gone_when_it_was_sent_or_emptied(
    stage: Stage, pair: tuple[httpx.AsyncClient, httpx.AsyncClient], how: str
) -> None:
    anna, boris = pair
    path = await asked(stage, anna)
    for one in pair:
        await one.post(f"{path}/draft", json={"text": BEGUN})
    text = "" if how == "draft" else "Yes."
    await anna.post(f"{path}/{how}", json={"text": text, "seen": "1", "client_id": "c1"})
    assert BEGUN not in (await anna.get(path)).text
    assert BEGUN in (await boris.get(path)).text, "theirs stays"


async def test_colleagues_see_who_writes_while_they_do(
    stage: Stage, pair: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    anna, boris = pair
    path = await asked(stage, anna)
    await anna.post(f"{path}/draft", json={"text": BEGUN})
    repository = InboxRepository(stage.database)
    rows = (await stage.database.read(lambda connection: connection.execute(select(drafts)))).all()
    (anna_id,) = [row.operator_id for row in rows]
    assert await repository.writers(id_of(path), uuid7()) == ["Anna"]
    assert await repository.writers(id_of(path), anna_id) == [], "not to herself"
    past = datetime.now(UTC) - timedelta(minutes=1)
    await stage.database.write(lambda tx: tx.execute(update(drafts).values(updated_at=past)))
    assert await repository.writers(id_of(path), uuid7()) == []
    assert BEGUN in (await anna.get(path)).text, "she has only paused"
    assert (await boris.post(f"/inbox/{uuid7()}/draft", json={"text": BEGUN})).status_code == 404


async def test_drafts_go_with_the_conversation(stage: Stage, pair: tuple[httpx.AsyncClient, httpx.AsyncClient]) -> None:
    path = await asked(stage, pair[0])
    await pair[0].post(f"{path}/draft", json={"text": BEGUN})
    await stage.database.write(lambda tx: delete_conversation(tx, id_of(path)))
    assert (await stage.database.read(lambda connection: connection.execute(select(drafts)))).all() == []


async def test_an_answer_that_was_not_sure_is_suggested_with_its_passages_until_it_is_answered(
    stage: Stage, pair: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    anna, _ = pair
    path = await asked(stage, anna)
    page = (await anna.get(path)).text
    suggestion = page[page.index('id="suggest"') : page.index('id="answer"')]
    assert ">30 days.</p>" in suggestion, "without the number of its source"
    assert "0.46" in suggestion
    assert "Keep the receipt" in suggestion
    await anna.post(f"{path}/reply", json={"text": "Yes.", "seen": "1", "client_id": "c1"})
    assert 'id="suggest"' not in (await anna.get(path)).text


@pytest.mark.parametrize(("decision", "text"), [("answer", "30 days. [1]"), ("escalate", "  ")])
async def test_nothing_is_suggested_where_it_was_sent_or_there_was_none(
    stage: Stage, pair: tuple[httpx.AsyncClient, httpx.AsyncClient], decision: str, text: str
) -> None:
    path = await asked(stage, pair[0], decision=decision, text=text)
    assert 'id="suggest"' not in (await pair[0].get(path)).text


async def test_every_step_of_the_machine_can_be_unfolded(
    stage: Stage, pair: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    path = await asked(stage, pair[0], decision="answer")
    evidence = {"coverage": 0.875, "<script>": "x"}
    stages = [
        {"stage": "retrieve", "ms": 3.25, "found": [{"a": 1}, {"b": 2}], "unknown": ["gasket"], "indexed": True},
        {"stage": "confidence", "ms": 0.5, "evidence": evidence, "confidence": 0.46},
        {"stage": "a new one", "ms": 1.0, "error": None},
    ]
    await stage.database.write(lambda tx: tx.execute(update(answers).values(trace={"stages": stages})))
    page = (await pair[0].get(path)).text
    trace = page[page.index("How it came to this") : page.index('id="newest"')]
    for told in ("Search", "gasket", "3.2", "coverage 0.88", "0.46", "a new one", "answered"):
        assert told in trace, told
    assert "<script>" not in trace
