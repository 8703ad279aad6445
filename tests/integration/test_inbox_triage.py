"""Putting conversations in order: labels, priority, snooze, search, and the same done to many at once."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.inbox.repository import InboxRepository
from supportbot.admin_api.inbox.schemas import Asked
from supportbot.common.database.conversations import delete_conversation
from supportbot.common.database.schema.inbox_tables import conversation_labels, labels, triage
from supportbot.common.database.schema.operator_tables import audit_entries
from supportbot.common.database.transactions import Database
from supportbot.common.ids import ConversationId, uuid7
from tests.integration.signing_in import added, signed_in
from tests.integration.web_stage import Stage, staged

HOUR = {"for": "3600"}
ALL = Asked("all")


@pytest.fixture
async def stage(database: Database) -> AsyncGenerator[Stage]:
    async with staged(database) as made:
        await added(made.database)
        yield made


@pytest.fixture
async def anna(stage: Stage) -> AsyncGenerator[httpx.AsyncClient]:
    async with signed_in(stage) as client:
        yield client


async def asked(stage: Stage, text: str, *, decision: str = "escalate") -> str:
    """A conversation of its own; returns its path."""
    before = {one.id for one in (await InboxRepository(stage.database).listed(ALL)).rows}
    async with stage.client() as visitor:
        await visitor.get("/")
        await visitor.post("/chat/messages", json={"text": text, "client_id": text})
        await stage.answer("A person will answer you.", decision=decision)
    (new,) = {one.id for one in (await InboxRepository(stage.database).listed(ALL)).rows} - before
    return f"/inbox/{new}"


async def listed(client: httpx.AsyncClient, **query: str) -> list[str]:
    """The paths of a view, in order."""
    page = (await client.get("/inbox", params=query)).text
    return [f"/inbox/{row.split(chr(34))[0]}" for row in page.split('class="row" data-id="')[1:]]


async def let_time_pass(database: Database, path: str) -> None:
    """As if the moment until which it was snoozed had come."""
    mine = triage.c.conversation_id == UUID(path.rpartition("/")[2])
    past = datetime.now(UTC) - timedelta(minutes=1)
    await database.write(lambda tx: tx.execute(update(triage).where(mine).values(snoozed_until=past)))


async def test_what_is_snoozed_is_out_of_sight_until_its_time_comes(stage: Stage, anna: httpx.AsyncClient) -> None:
    path = await asked(stage, "Is it covered?")
    assert (await anna.post(f"{path}/snooze", json=HOUR)).status_code == 200
    assert (await listed(anna), await listed(anna, view="snoozed")) == ([], [path])
    await let_time_pass(stage.database, path)
    assert (await listed(anna), await listed(anna, view="snoozed")) == ([path], [])
    assert "Snooze is over" in (await anna.get("/inbox")).text


async def test_a_snooze_reminds_of_what_waits_for_nobody_until_somebody_replies(
    stage: Stage, anna: httpx.AsyncClient
) -> None:
    path = await asked(stage, "How long?", decision="answer")
    assert await listed(anna) == []
    await anna.post(f"{path}/snooze", json=HOUR)
    await let_time_pass(stage.database, path)
    assert await listed(anna) == [path]
    await anna.post(f"{path}/reply", json={"text": "It has arrived.", "seen": "1", "client_id": "r1"})
    assert await listed(anna) == []


async def test_whoever_writes_wakes_it(stage: Stage, anna: httpx.AsyncClient) -> None:
    async with stage.client() as visitor:
        await visitor.get("/")
        await visitor.post("/chat/messages", json={"text": "Is it covered?", "client_id": "m1"})
        await stage.answer("A person will answer you.", decision="escalate")
        (path,) = await listed(anna)
        await anna.post(f"{path}/take-over")
        await anna.post(f"{path}/snooze", json=HOUR)
        assert await listed(anna, view="mine") == []
        await visitor.post("/chat/messages", json={"text": "Hello?", "client_id": "m2"})
    assert await listed(anna, view="mine") == [path]


async def test_it_can_be_brought_back_and_a_closed_one_stays_away(stage: Stage, anna: httpx.AsyncClient) -> None:
    path = await asked(stage, "Is it covered?")
    await anna.post(f"{path}/snooze", json=HOUR)
    await anna.post(f"{path}/snooze", json={})
    assert await listed(anna) == [path]
    await anna.post(f"{path}/snooze", json=HOUR)
    await anna.post(f"{path}/close")
    await let_time_pass(stage.database, path)
    assert (await listed(anna, view="closed"), await listed(anna, view="snoozed")) == ([path], [])


@pytest.mark.parametrize(
    "fields",
    [{"for": "0"}, {"for": "x"}, {"for": "9" * 30}, {"until": "2020-01-01T00:00:00Z"},
     {"until": "2999-01-01T00:00:00Z"}, {"until": "tomorrow"}, {"until": "2027-01-01T00:00:00"}],
    ids=["zero", "letters", "for ever", "past", "in centuries", "words", "no offset"],
)  # fmt: skip
async def test_a_moment_that_is_none_is_refused(stage: Stage, anna: httpx.AsyncClient, fields: dict[str, str]) -> None:
    path = await asked(stage, "Is it covered?")
    refused = await anna.post(f"{path}/snooze", json=fields)
    assert (refused.status_code, refused.json()["code"]) == (422, "unfit_snooze")


async def test_urgent_ones_come_first(stage: Stage, anna: httpx.AsyncClient) -> None:
    first, second, third = [await asked(stage, text) for text in ("One?", "Two?", "Three?")]
    assert await listed(anna) == [first, second, third]
    await anna.post(f"{third}/priority", json={"priority": "2"})
    await anna.post(f"{second}/priority", json={"priority": "1"})
    assert await listed(anna) == [third, second, first]
    assert (await anna.post(f"{first}/priority", json={"priority": "3"})).status_code == 422


async def test_labels_find_conversations_and_are_forgotten_with_the_last(stage: Stage, anna: httpx.AsyncClient) -> None:
    path, other = await asked(stage, "One?"), await asked(stage, "Two?")
    for name in ("  Billing   Question ", "billing question", "возврат"):
        assert (await anna.post(f"{path}/label", json={"label": name})).status_code == 200
    assert await listed(anna, view="all", label="billing question") == [path]
    assert "billing question" in (await anna.get(other)).text, "to choose from"
    await anna.post(f"{path}/unlabel", json={"label": "возврат"})
    known = await stage.database.read(lambda connection: connection.execute(select(labels.c.name)))
    assert [row.name for row in known] == ["billing question"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 33])
async def test_a_label_that_is_none_is_refused(stage: Stage, anna: httpx.AsyncClient, name: str) -> None:
    path = await asked(stage, "One?")
    refused = await anna.post(f"{path}/label", json={"label": name})
    assert (refused.status_code, refused.json()["code"]) == (422, "unfit_label")
    assert (await anna.post(f"/inbox/{uuid7()}/label", json={"label": "x"})).status_code == 404


async def test_many_are_changed_at_once_and_those_that_are_gone_passed_over(
    stage: Stage, anna: httpx.AsyncClient
) -> None:
    first, second, third = [await asked(stage, text) for text in ("One?", "Two?", "Three?")]
    ids = ",".join(path.rpartition("/")[2] for path in (first, second))
    for change, more in (("label", {"label": "vip"}), ("take-over", {}), ("snooze", HOUR)):
        done = await anna.post("/inbox/bulk", json={"ids": f"{ids},{uuid7()}", "change": change, **more})
        assert (done.status_code, done.json()["done"]) == (200, 2), change
    assert await listed(anna) == [third]
    assert set(await listed(anna, view="all", label="vip")) == {first, second}
    await anna.post("/inbox/bulk", json={"ids": ids, "change": "close"})
    assert set(await listed(anna, view="closed")) == {first, second}


@pytest.mark.parametrize(
    "fields",
    [{"ids": ""}, {"ids": "x", "change": "close"}, {"ids": ",".join([str(uuid7())] * 201), "change": "close"},
     {"ids": str(uuid7()), "change": "delete"}, {"ids": str(uuid7()), "change": "hand-back"}],
    ids=["none", "no id", "too many", "unknown", "not for many"],
)  # fmt: skip
async def test_a_bulk_action_that_is_none_is_refused(anna: httpx.AsyncClient, fields: dict[str, str]) -> None:
    assert (await anna.post("/inbox/bulk", json=fields)).status_code == 422


async def test_who_did_it_stands_in_the_audit_log(stage: Stage, anna: httpx.AsyncClient) -> None:
    path = await asked(stage, "One?")
    changes = [("take-over", {}), ("priority", {"priority": "1"}), ("label", {"label": "vip"}),
               ("unlabel", {"label": "vip"}), ("snooze", HOUR), ("snooze", {}), ("hand-back", {}),
               ("close", {})]  # fmt: skip
    for change, fields in changes:
        await anna.post(f"{path}/{change}", json=fields)
    mine = audit_entries.c.subject == path.rpartition("/")[2]
    entries = await stage.database.read(
        lambda connection: connection.execute(select(audit_entries).where(mine).order_by(audit_entries.c.id))
    )
    assert [(row.actor, row.action.removeprefix("conversation_")) for row in entries] == [
        ("Anna", action)
        for action in ("taken", "priority", "labelled", "unlabelled", "snoozed", "woken", "handed_back", "closed")
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [("возврат", 0), ("ВОЗВРАТА", 0), ("возвра", 0), ("чек возврат", 0), ("счёт", 0), ("deliver", 1), ("Delivered", 1),
     ("A-1234", 1), ("ivan@example.com", 1), ("warehouse", 1), ("послезавтра", 0)],
)  # fmt: skip
async def test_search_finds_messages_replies_and_notes_in_both_languages(
    stage: Stage, anna: httpx.AsyncClient, query: str, found: int
) -> None:
    paths = [
        await asked(stage, "Как оформить возврат, если чека нет, а счет оплачен?"),
        await asked(stage, "Order A-1234 of ivan@example.com was not delivered"),
    ]
    await anna.post(f"{paths[0]}/reply", json={"text": "Ответим послезавтра.", "seen": "1", "client_id": "r"})
    await anna.post(f"{paths[1]}/note", json={"text": "Ask the warehouse.", "client_id": "n"})
    assert await listed(anna, q=query) == [paths[found]]
    assert "<mark>" in (await anna.get("/inbox", params={"q": query})).text


@pytest.mark.parametrize(
    "query", ["nothing of the kind", "возврат deliver", "'); --", "* [a]", "\\ % _", "и", "x" * 500]
)
async def test_search_finds_nothing_where_nothing_is_and_breaks_at_nothing(
    stage: Stage, anna: httpx.AsyncClient, query: str
) -> None:
    await asked(stage, "Как оформить возврат, если товар разбит?")
    page = await anna.get("/inbox", params={"q": query})
    assert page.status_code == 200
    if query != "и":
        assert "Nothing found" in page.text


async def test_all_of_it_goes_with_the_conversation(stage: Stage, anna: httpx.AsyncClient) -> None:
    path = await asked(stage, "One?")
    await anna.post(f"{path}/label", json={"label": "vip"})
    await anna.post(f"{path}/snooze", json=HOUR)
    gone = ConversationId(UUID(path.rpartition("/")[2]))
    await stage.database.write(lambda tx: delete_conversation(tx, gone))
    for statement in (select(triage), select(conversation_labels)):
        assert (await stage.database.read(partial(AsyncConnection.execute, statement=statement))).all() == []
