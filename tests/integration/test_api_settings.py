"""The threshold and web sources over REST: the same as on their pages, and changed by nobody else."""

from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.access.roles import Role
from supportbot.common.database.chosen_settings import chosen_threshold
from supportbot.common.database.clock import now
from supportbot.common.database.schema.operator_tables import audit_entries
from supportbot.common.database.schema.web_tables import web_sources
from supportbot.common.database.transactions import Database
from tests.integration.api_stage import ApiStage
from tests.integration.signing_in import PASSWORD, added

THRESHOLD = "/api/v1/settings/threshold"
SOURCES = "/api/v1/web-sources"
HELP = "https://help.example.com/sitemap.xml"


@pytest.fixture
async def stage(tmp_path: Path, database: Database) -> ApiStage:
    return ApiStage(tmp_path, database)


async def token_of(stage: ApiStage, login: str, role: Role) -> dict[str, str]:
    await added(stage.database, login, role)
    async with stage.client("") as client:
        given = await client.post("/api/v1/auth/token", json={"login": login, "password": PASSWORD})
    return {"Authorization": f"Bearer {given.json()['access_token']}"}


@pytest.fixture
async def admin(stage: ApiStage) -> AsyncGenerator[httpx.AsyncClient]:
    """A program that has signed in as an administrator."""
    async with stage.client("", **await token_of(stage, "anna", "admin")) as client:
        yield client


async def actions(database: Database) -> list[tuple[str, str]]:
    columns = audit_entries.c.action, audit_entries.c.subject

    async def read(connection: AsyncConnection) -> list[tuple[str, str]]:
        return [tuple(row) for row in await connection.execute(select(*columns).order_by(audit_entries.c.id))]

    return [entry for entry in await database.read(read) if entry[0].startswith(("threshold", "web_source"))]


async def test_an_administrator_reads_and_changes_the_threshold(stage: ApiStage, admin: httpx.AsyncClient) -> None:
    before = await admin.get(THRESHOLD)
    assert before.json() == {"threshold": 0.7, "of_environment": 0.7, "chosen_by": "", "chosen_at": None}
    match = {"If-Match": before.headers["etag"]}
    changed = await admin.put(THRESHOLD, json={"threshold": 0.81}, headers=match)
    assert (changed.status_code, changed.json()["threshold"], changed.json()["chosen_by"]) == (200, 0.81, "Anna")
    assert await stage.database.read(chosen_threshold) == 0.81
    assert changed.headers["etag"] != before.headers["etag"]
    late = await admin.put(THRESHOLD, json={"threshold": 0.5}, headers=match)
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    back = await admin.put(THRESHOLD, json={"threshold": None}, headers={"If-Match": changed.headers["etag"]})
    assert (back.json()["threshold"], back.json()["chosen_at"]) == (0.7, None)
    assert await stage.database.read(chosen_threshold) is None
    assert [action for action, _ in await actions(stage.database)] == [
        "threshold_chosen",
        "threshold_left_to_environment",
    ]


@pytest.mark.parametrize("wrong", [{"threshold": 1.5}, {"threshold": "x"}, {"threshold": -0.1}, {}, {"other": 1}])
async def test_what_is_no_threshold_is_refused(stage: ApiStage, admin: httpx.AsyncClient, wrong: object) -> None:
    refused = await admin.put(THRESHOLD, json=wrong, headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    nan = await admin.put(THRESHOLD, content=b'{"threshold": NaN}', headers={"If-Match": "*"})
    assert nan.status_code == 422
    assert (await admin.put(THRESHOLD, json={"threshold": 0.5})).status_code == 428
    assert await stage.database.read(chosen_threshold) is None


async def test_nobody_else_changes_the_threshold(stage: ApiStage, admin: httpx.AsyncClient) -> None:
    for login, role, may_read in (
        ("vera", "viewer", 200),
        ("boris", "operator", 403),
        ("clara", "knowledge_editor", 403),
    ):
        async with stage.client("", **await token_of(stage, login, role)) as client:  # type: ignore[arg-type]
            assert (await client.get(THRESHOLD)).status_code == may_read
            refused = await client.put(THRESHOLD, json={"threshold": 0.1}, headers={"If-Match": "*"})
            assert (refused.status_code, refused.json()["code"]) == (403, "role")
    async with stage.client() as key:
        assert (await key.put(THRESHOLD, json={"threshold": 0.1}, headers={"If-Match": "*"})).status_code == 403
    assert await stage.database.read(chosen_threshold) is None
    assert (await admin.get(THRESHOLD)).json()["threshold"] == 0.7


async def test_a_program_names_a_web_source_has_it_looked_at_and_removes_it(stage: ApiStage) -> None:
    async with stage.client() as client:
        made = await client.post(SOURCES, json={"address": "help.example.com:443/sitemap.xml#top"})
        assert (made.status_code, made.json()["address"], made.json()["state"]) == (201, HELP, "waiting")
        again = await client.post(SOURCES, json={"address": HELP})
        assert (again.status_code, again.json()["address"]) == (200, HELP)
        assert [one["address"] for one in (await client.get(SOURCES)).json()["items"]] == [HELP]
        looked = await client.post(f"{SOURCES}/refresh", params={"address": HELP})
        assert (looked.status_code, looked.json()["state"]) == (202, "waiting")
        gone = await client.delete(SOURCES, params={"address": HELP})
        assert (gone.status_code, gone.json()["state"]) == (202, "removing")
        assert (await client.delete(SOURCES, params={"address": HELP})).json()["code"] == "no_web_source"
    assert await actions(stage.database) == [
        ("web_source_added", HELP),
        ("web_source_refreshed", HELP),
        ("web_source_removed", HELP),
    ]


async def test_what_is_wrong_with_a_web_source_is_said(stage: ApiStage) -> None:
    row = {"address": HELP, "origin": "setting", "added_by": "", "added_at": now(), "next_at": now()}
    await stage.database.write(lambda tx: tx.execute(insert(web_sources).values(row)))
    async with stage.client() as client:
        for wrong in ("ftp://help.example.com/", "https://", "two words", "https://help.example.com:port/"):
            refused = await client.post(SOURCES, json={"address": wrong})
            assert (refused.status_code, refused.json()["code"]) == (422, "unfit_address"), wrong
        assert (await client.post(f"{SOURCES}/refresh", params={"address": "https://x.example"})).status_code == 404
        kept = await client.delete(SOURCES, params={"address": HELP})
        assert (kept.status_code, kept.json()["code"]) == (409, "set_elsewhere")
    async with stage.client("", **await token_of(stage, "anna", "admin")) as admin:
        assert (await admin.get(SOURCES)).status_code == 200
    async with stage.client("", **await token_of(stage, "boris", "operator")) as boris:
        assert (await boris.post(SOURCES, json={"address": HELP})).json()["code"] == "role"
