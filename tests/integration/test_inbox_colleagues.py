"""Several operators at one inbox: who took what, whose conversations are listed where, notes among colleagues."""

import re
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.access.audit import COMMAND
from supportbot.admin_api.inbox.repository import InboxRepository
from supportbot.admin_api.operators.service import OperatorService
from supportbot.common.database.conversations import delete_conversation
from supportbot.common.database.schema.operator_tables import assignments, audit_entries, notes
from supportbot.common.database.transactions import Database
from supportbot.common.ids import ConversationId, uuid7
from tests.integration.signing_in import BROWSER, added, signed_in
from tests.integration.web_stage import Stage, first_conversation, staged

NOTE = "Ask the warehouse first."


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


async def asked(stage: Stage, operator: httpx.AsyncClient, text: str = "Is it covered?") -> str:
    """A conversation that waits for a person; returns its path."""
    async with stage.client() as visitor:
        await visitor.get("/")
        await visitor.post("/chat/messages", json={"text": text, "client_id": text})
        await stage.answer("A person will answer you.", decision="escalate")
    return f"/inbox/{first_conversation((await operator.get('/inbox?view=all')).text)}"


async def listed(operator: httpx.AsyncClient, view: str) -> int:
    return (await operator.get(f"/inbox?view={view}")).text.count('class="row"')


async def test_who_took_a_conversation_is_named_and_has_it_among_theirs(
    stage: Stage, pair: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    anna, boris = pair
    path = await asked(stage, anna)
    assert [await listed(anna, view) for view in ("waiting", "mine", "unassigned")] == [1, 0, 1]
    await anna.post(f"{path}/take-over")
    assert "Anna took this" in (await boris.get(path)).text
    assert [await listed(anna, view) for view in ("waiting", "mine", "unassigned")] == [1, 1, 0]
    assert await listed(boris, "mine") == 0


async def test_a_colleague_may_take_what_somebody_has(
    stage: Stage, pair: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    anna, boris = pair
    path = await asked(stage, anna)
    await anna.post(f"{path}/take-over")
    assert "/take-over" not in (await anna.get(path)).text
    assert "/take-over" in (await boris.get(path)).text
    await boris.post(f"{path}/take-over")
    assert "Boris took this" in (await anna.get(path)).text
    assert (await listed(anna, "mine"), await listed(boris, "mine")) == (0, 1)


async def test_a_conversation_is_given_to_a_colleague_who_answers_from_then_on(
    stage: Stage, pair: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    anna, boris = pair
    path = await asked(stage, anna)
    page = (await anna.get(path)).text
    chosen = dict(re.findall(r'<option value="([0-9a-f-]{36})" >(\w+)<', page))
    assert sorted(chosen.values()) == ["Anna", "Boris"], "those who may answer, and nobody else"
    to = next(one for one, name in chosen.items() if name == "Boris")
    assert (await anna.post(f"{path}/assign", json={"operator": to})).json() == {"ok": True}
    page = (await anna.get(path)).text
    assert ("Boris took this" in page, f'value="{to}" selected' in page, "mode--person" in page) == (True, True, True)
    assert (await listed(anna, "mine"), await listed(boris, "mine"), await listed(anna, "unassigned")) == (0, 1, 0)
    await boris.post(f"{path}/assign", json={"operator": ""})
    page = (await anna.get(path)).text
    assert ("took this" in page, "mode--person" in page) == (False, True)
    assert (await listed(boris, "mine"), await listed(anna, "unassigned")) == (0, 1)
    told = select(audit_entries.c.actor, audit_entries.c.action, audit_entries.c.details).where(
        audit_entries.c.action.in_(("conversation_given", "conversation_released"))
    )
    rows = await stage.database.read(lambda connection: connection.execute(told.order_by(audit_entries.c.id)))
    assert [tuple(row) for row in rows] == [
        ("Anna", "conversation_given", {"to": "Boris"}),
        ("Boris", "conversation_released", {}),
    ]


@pytest.mark.parametrize("who", ["viewer", "disabled", "nobody", "no id"])
async def test_nobody_is_given_a_conversation_who_may_not_answer(
    stage: Stage, pair: tuple[httpx.AsyncClient, httpx.AsyncClient], who: str
) -> None:
    anna, boris = pair
    path = await asked(stage, anna)
    operator = str(uuid7()) if who == "nobody" else "boris"
    if who in {"viewer", "disabled"}:
        operator_id = await added(stage.database, "clara", "viewer" if who == "viewer" else "operator")
        operator = str(operator_id)
    if who == "disabled":
        await OperatorService(stage.database).disable(COMMAND, operator_id)
    refused = await anna.post(f"{path}/assign", json={"operator": operator})
    assert (refused.status_code, refused.json()["code"]) == (422, "no_colleague")
    assert "mode--machine" in (await boris.get(path)).text, "nothing was done by halves"


@pytest.mark.parametrize(("change", "resolved"), [("hand-back", 0), ("close", 1)])
async def test_what_goes_back_or_is_closed_is_nobodys(
    stage: Stage, pair: tuple[httpx.AsyncClient, httpx.AsyncClient], change: str, resolved: int
) -> None:
    anna, _ = pair
    path = await asked(stage, anna)
    await anna.post(f"{path}/take-over")
    await anna.post(f"{path}/{change}")
    assert "took this" not in (await anna.get(path)).text
    assert (await listed(anna, "mine"), await listed(anna, "closed")) == (0, resolved)


async def test_a_note_is_for_colleagues_alone(stage: Stage, pair: tuple[httpx.AsyncClient, httpx.AsyncClient]) -> None:
    anna, boris = pair
    async with stage.client() as visitor:
        await visitor.get("/")
        await visitor.post("/chat/messages", json={"text": "Is it covered?", "client_id": "m1"})
        path = f"/inbox/{first_conversation((await anna.get('/inbox?view=all')).text)}"
        stage.events.clear()
        for _ in range(2):
            assert (await anna.post(f"{path}/note", json={"text": NOTE, "client_id": "n1"})).status_code == 200
        page = (await boris.get(path)).text
        assert page.count(NOTE) == 1, "once, however often it arrives"
        assert "Anna, note for colleagues" in page
        assert NOTE not in (await visitor.get("/")).text
        await stage.settle()
        assert stage.events == [], "nobody else is told"
    assert "mode--machine" in page, "a note answers nothing"


async def test_a_form_without_scripts_can_be_saved_as_a_note(
    stage: Stage, pair: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    anna, _ = pair
    path = await asked(stage, anna)
    assert f'formaction="{path}/note?view=waiting"' in (await anna.get(path)).text
    sent = await anna.post(f"{path}/note", data={"text": NOTE, "client_id": "n1"}, headers=BROWSER)
    assert (sent.status_code, sent.headers["location"]) == (303, f"{path}?view=waiting#newest")


@pytest.mark.parametrize(("text", "status"), [("  ", 422), ("x" * 20_001, 422), ("x" * 140_000, 413)])
async def test_a_note_that_is_none_is_refused(
    stage: Stage, pair: tuple[httpx.AsyncClient, httpx.AsyncClient], text: str, status: int
) -> None:
    anna, _ = pair
    path = await asked(stage, anna)
    assert (await anna.post(f"{path}/note", json={"text": text})).status_code == status
    assert (await anna.post(f"/inbox/{uuid7()}/note", json={"text": NOTE})).status_code == 404


async def test_open_pages_are_told_of_notes_and_of_who_took_it(
    stage: Stage, pair: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    anna, boris = pair
    path = await asked(stage, anna)
    conversation_id = ConversationId(UUID(path.rpartition("/")[2]))
    repository, seen = InboxRepository(stage.database), set()
    for step, change in ((anna, "take-over"), (boris, "take-over"), (anna, "note")):
        seen.add(await repository.version(conversation_id))
        await step.post(f"{path}/{change}", json={"text": NOTE, "client_id": change})
    seen.add(await repository.version(conversation_id))
    assert len(seen) == 4


async def test_notes_and_who_took_it_go_with_the_conversation(
    stage: Stage, pair: tuple[httpx.AsyncClient, httpx.AsyncClient]
) -> None:
    anna, _ = pair
    path = await asked(stage, anna)
    await anna.post(f"{path}/take-over")
    await anna.post(f"{path}/note", json={"text": NOTE, "client_id": "n1"})
    conversation_id = ConversationId(UUID(path.rpartition("/")[2]))

    async def left(connection: AsyncConnection) -> int:
        counts = [
            (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (assignments, notes)
        ]
        return sum(counts)

    assert await stage.database.read(left) == 2
    await stage.database.write(lambda tx: delete_conversation(tx, conversation_id))
    assert await stage.database.read(left) == 0
