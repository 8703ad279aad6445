"""Ready-made replies: kept by whoever may reply, filled in for a conversation, the same ones as in Telegram."""

from collections.abc import AsyncGenerator

import httpx
import pytest
from sqlalchemy import select, update

from supportbot.common.database.schema.operator_tables import audit_entries
from supportbot.common.database.schema.staff_tables import canned_replies
from supportbot.common.database.schema.tables import conversations
from supportbot.common.database.transactions import Database
from supportbot.common.ids import uuid7
from tests.integration.signing_in import BROWSER, added, signed_in
from tests.integration.web_stage import Stage, first_conversation, staged

PAGE = "/inbox/canned"


@pytest.fixture
async def stage(database: Database) -> AsyncGenerator[Stage]:
    async with staged(database) as made:
        await added(made.database)
        yield made


@pytest.fixture
async def anna(stage: Stage) -> AsyncGenerator[httpx.AsyncClient]:
    async with signed_in(stage) as client:
        yield client


async def kept(database: Database) -> dict[str, str]:
    rows = await database.read(lambda connection: connection.execute(select(canned_replies)))
    return {row.name: row.text for row in rows}


async def test_a_reply_is_kept_renamed_and_removed_and_the_audit_log_says_by_whom(
    stage: Stage, anna: httpx.AsyncClient
) -> None:
    made = await anna.post(PAGE, data={"name": "/Hours", "text": "From nine."}, headers=BROWSER)
    assert (made.status_code, made.headers["location"]) == (303, f"{PAGE}?done=kept")
    assert await kept(stage.database) == {"hours": "From nine."}
    await anna.post(PAGE, data={"name": "open", "text": "From ten.", "before": "hours"}, headers=BROWSER)
    assert await kept(stage.database) == {"open": "From ten."}
    assert "From ten." in (await anna.get(PAGE)).text
    await anna.post(f"{PAGE}/remove", data={"name": "open"}, headers=BROWSER)
    assert await kept(stage.database) == {}
    done = await stage.database.read(
        lambda connection: connection.execute(select(audit_entries).where(audit_entries.c.action.like("canned%")))
    )
    assert [(row.actor, row.action, row.subject) for row in done] == [
        ("Anna", "canned_kept", "hours"),
        ("Anna", "canned_kept", "open"),
        ("Anna", "canned_removed", "open"),
    ]


@pytest.mark.parametrize(
    ("name", "text"), [("", "x"), ("two words", "x"), ("x" * 33, "x"), ("add", "x"), ("a", "  "), ("a", "x" * 4001)]
)
async def test_what_is_none_is_refused_and_what_was_typed_stays(
    stage: Stage, anna: httpx.AsyncClient, name: str, text: str
) -> None:
    refused = await anna.post(PAGE, data={"name": name, "text": text}, headers=BROWSER)
    assert refused.status_code == 422
    assert f'name="name" value="{name}"' in refused.text
    assert await kept(stage.database) == {}


async def test_it_is_filled_in_for_the_conversation(stage: Stage, anna: httpx.AsyncClient) -> None:
    await anna.post(PAGE, data={"name": "hi", "text": "Hello, {{name}}! I am {{operator}} of {{bot}}."})
    async with stage.client() as visitor:
        await visitor.get("/")
        await visitor.post("/chat/messages", json={"text": "Hello", "client_id": "m1"})
    path = f"/inbox/{first_conversation((await anna.get('/inbox?view=all')).text)}/canned"
    (reply,) = (await anna.get(path)).json()["replies"]
    assert reply == {"name": "hi", "text": "Hello! I am Anna of Acme."}
    named = update(conversations).values(user_name="Clara Schmidt")
    await stage.database.write(lambda tx: tx.execute(named))
    assert (await anna.get(path)).json()["replies"][0]["text"].startswith("Hello, Clara!")
    assert (await anna.get(f"/inbox/{uuid7()}/canned")).status_code == 404
