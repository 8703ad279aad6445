"""Conversations over REST: lists by pages, replies sent once, changes of what was read and of nothing newer."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Table, func, select

from supportbot.common.database.incoming import IncomingMessage, receive_message
from supportbot.common.database.schema.operator_tables import audit_entries, notes
from supportbot.common.database.schema.tables import conversations, outbound
from supportbot.common.database.transactions import Database
from supportbot.common.ids import uuid7
from tests.integration.api_stage import CONVERSATIONS, ApiStage
from tests.integration.signing_in import added


async def asked(database: Database, text: str) -> str:
    """A new conversation; returns its path."""
    incoming = IncomingMessage("web", "", f"chat of {text}", f"web:{text}", "1", "hash", text)
    received = await database.write(lambda tx: receive_message(tx, incoming))
    return f"{CONVERSATIONS}/{received.conversation_id}"


async def count(database: Database, table: Table) -> int:
    counted = select(func.count()).select_from(table)
    return (await database.read(lambda connection: connection.execute(counted))).scalar_one()


async def changed(client: httpx.AsyncClient, path: str, fields: dict[str, Any]) -> httpx.Response:
    tag = (await client.get(path)).headers["etag"]
    return await client.patch(path, json=fields, headers={"If-Match": tag})


async def test_they_are_listed_by_pages_the_newest_first(stage: ApiStage, client: httpx.AsyncClient) -> None:
    paths = [await asked(stage.database, text) for text in ("One?", "Two?", "Three?")]
    first = (await client.get(CONVERSATIONS, params={"limit": 2})).json()
    assert [one["preview"] for one in first["items"]] == ["Three?", "Two?"]
    rest = (await client.get(CONVERSATIONS, params={"limit": 2, "after": first["next"]})).json()
    assert ([one["preview"] for one in rest["items"]], rest["next"]) == (["One?"], None)
    await changed(client, paths[0], {"mode": "person", "labels": ["vip"]})
    waiting = (await client.get(CONVERSATIONS, params={"state": "waiting", "label": "vip"})).json()
    assert [one["preview"] for one in waiting["items"]] == ["One?"]
    found = (await client.get(CONVERSATIONS, params={"q": "thre"})).json()
    assert [one["preview"] for one in found["items"]] == ["Three?"]


@pytest.mark.parametrize(("what", "table"), [("replies", outbound), ("notes", notes)])
async def test_what_is_written_is_stored_once_under_its_key_and_nothing_else_under_the_same(
    stage: ApiStage, client: httpx.AsyncClient, what: str, table: Table
) -> None:
    path = await asked(stage.database, "Is it covered?")
    once = {"Idempotency-Key": "k1"}
    for _ in range(3):
        sent = await client.post(f"{path}/{what}", json={"text": "Yes."}, headers=once)
        assert sent.status_code == 201
        assert sent.json()["entries"][-1]["text"] == "Yes."
    other = await client.post(f"{path}/{what}", json={"text": "No."}, headers=once)
    assert (other.status_code, other.json()["code"]) == (409, "reused_key")
    assert await count(stage.database, table) == 1
    async with stage.client() as somebody_else:
        sent = await somebody_else.post(f"{path}/{what}", json={"text": "No."}, headers=once)
    assert sent.status_code == 201, "the key of another caller is another key"
    assert (await client.post(f"{path}/{what}", json={"text": "No."})).status_code == 201, "without one, each is new"


async def test_a_reply_deals_with_what_its_writer_has_seen(stage: ApiStage, client: httpx.AsyncClient) -> None:
    path = await asked(stage.database, "Is it covered?")
    await changed(client, path, {"mode": "person"})
    assert (await client.get(path)).json()["waiting_since"]
    seen = (await client.get(path)).json()["seen"]
    sent = await client.post(f"{path}/replies", json={"text": "Yes.", "seen": seen})
    assert sent.json()["waiting_since"] is None


async def test_whoever_replies_has_taken_it_and_the_machine_is_silent(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    path = await asked(stage.database, "Is it covered?")
    assert (await client.get(path)).json()["mode"] == "machine"
    seen = (await client.get(path)).json()["seen"]
    await client.post(f"{path}/replies", json={"text": "Yes.", "seen": seen})
    assert (await client.get(path)).json()["mode"] == "person"


@pytest.mark.parametrize("mode", ["machine", "closed"])
async def test_what_was_said_between_people_is_nothing_that_later_answers_refer_to(
    stage: ApiStage, client: httpx.AsyncClient, mode: str
) -> None:
    path = await asked(stage.database, "Is it covered?")
    await changed(client, path, {"mode": "person"})
    await client.post(f"{path}/replies", json={"text": "Yes.", "seen": (await client.get(path)).json()["seen"]})
    await changed(client, path, {"mode": mode})
    row = (await stage.database.read(lambda connection: connection.execute(select(conversations)))).one()
    assert (row.context_seq, row.context_out_seq) == (row.last_seq, row.out_seq)
    assert row.last_seq > 0


@pytest.mark.parametrize(
    ("fields", "after"),
    [
        ({"mode": "person"}, {"mode": "person"}),
        ({"mode": "closed"}, {"mode": "closed"}),
        ({"priority": 2}, {"priority": 2}),
        ({"labels": ["VIP", "vip", "billing"]}, {"labels": ["billing", "vip"]}),
    ],
)
async def test_what_was_read_can_be_changed_and_the_audit_log_says_by_whom(
    stage: ApiStage, client: httpx.AsyncClient, fields: dict[str, Any], after: dict[str, Any]
) -> None:
    path = await asked(stage.database, "Is it covered?")
    answer = await changed(client, path, fields)
    assert answer.status_code == 200
    assert after.items() <= answer.json().items()
    assert answer.headers["etag"] == (await client.get(path)).headers["etag"]
    entry = (await stage.database.read(lambda connection: connection.execute(select(audit_entries)))).one()
    assert (entry.actor, entry.subject) == ("tests", path.rpartition("/")[2])


async def test_it_is_assigned_to_an_operator_and_to_nobody(stage: ApiStage, client: httpx.AsyncClient) -> None:
    path = await asked(stage.database, "Is it covered?")
    anna = str(await added(stage.database))
    given = (await changed(client, path, {"assigned_to": anna})).json()
    assert (given["assigned_to"], given["taken_by"], given["mode"]) == (anna, "Anna", "person")
    assert (await changed(client, path, {"priority": 1})).json()["assigned_to"] == anna, "what is not given stays"
    released = (await changed(client, path, {"assigned_to": None})).json()
    assert (released["assigned_to"], released["taken_by"], released["mode"]) == (None, "", "person")
    stranger = await changed(client, path, {"priority": 2, "assigned_to": str(uuid7())})
    assert (stranger.status_code, stranger.json()["code"]) == (422, "no_colleague")
    both = await changed(client, path, {"priority": 2, "assigned_to": anna, "mode": "machine"})
    assert (both.status_code, both.json()["code"]) == (422, "invalid")
    assert (await client.get(path)).json()["priority"] == 1, "nothing by halves"


async def test_a_snooze_is_set_and_ended(stage: ApiStage, client: httpx.AsyncClient) -> None:
    path = await asked(stage.database, "Is it covered?")
    until = datetime.now(UTC) + timedelta(hours=1)
    assert (await changed(client, path, {"snoozed_until": until.isoformat()})).json()["snoozed_until"]
    assert (await changed(client, path, {"priority": 1})).json()["snoozed_until"], "what is not given stays"
    assert (await changed(client, path, {"snoozed_until": None})).json()["snoozed_until"] is None
    late = await changed(client, path, {"snoozed_until": "2020-01-01T00:00:00Z"})
    assert (late.status_code, late.json()["code"]) == (422, "unfit_snooze")


async def test_nothing_newer_is_changed_and_nothing_by_halves(stage: ApiStage, client: httpx.AsyncClient) -> None:
    path = await asked(stage.database, "Is it covered?")
    tag = (await client.get(path)).headers["etag"]
    assert (await client.patch(path, json={"mode": "closed"})).status_code == 428
    await client.post(f"{path}/notes", json={"text": "Wait."})
    stale = await client.patch(path, json={"mode": "closed"}, headers={"If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "changed_meanwhile")
    many = [f"label {number}" for number in range(20)]
    assert (await changed(client, path, {"labels": many})).status_code == 200
    half = await changed(client, path, {"mode": "closed", "labels": ["  "]})
    assert (half.status_code, half.json()["code"]) == (422, "unfit_label")
    assert (await client.get(path)).json()["mode"] == "machine"
    anything = await client.patch(path, json={"mode": "closed"}, headers={"If-Match": "*"})
    assert anything.json()["mode"] == "closed"


@pytest.mark.parametrize(
    "fields", [{"mode": "gone"}, {"priority": 3}, {"id": str(uuid7())}, {"labels": ["x"] * 21}, {"snoozed_until": "x"},
               {"snoozed_until": "2027-01-01T00:00:00"}],
)  # fmt: skip
async def test_what_cannot_be_set_is_refused(
    stage: ApiStage, client: httpx.AsyncClient, fields: dict[str, Any]
) -> None:
    refused = await changed(client, await asked(stage.database, "Is it covered?"), fields)
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")


async def test_a_conversation_that_is_gone_is_said_to_be(client: httpx.AsyncClient) -> None:
    path = f"{CONVERSATIONS}/{uuid7()}"
    answers = [
        await client.get(path),
        await client.patch(path, json={"priority": 1}, headers={"If-Match": "*"}),
        await client.post(f"{path}/replies", json={"text": "Yes."}),
        await client.post(f"{path}/notes", json={"text": "Yes."}),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "no_conversation")}


async def test_every_answer_says_how_many_requests_are_left_and_one_too_many_is_refused(
    tmp_path: Path, sqlite_database: Database
) -> None:
    stage = ApiStage(tmp_path, sqlite_database, per_minute=2)
    async with stage.client() as one, stage.client() as other:
        left = [await one.get(f"{CONVERSATIONS}/{UUID(int=0)}") for _ in range(3)]
        assert [answer.status_code for answer in left] == [404, 404, 429]
        assert [answer.headers["ratelimit-remaining"] for answer in left] == ["1", "0", "0"]
        assert {answer.headers["ratelimit-limit"] for answer in left} == {"2"}
        assert 0 < int(left[2].headers["retry-after"]) <= 60
        assert left[2].json()["code"] == "too_many_requests"
        assert (await other.get(CONVERSATIONS)).status_code == 200, "everybody has their own"
