"""Every route × every role: who is let in, and that no route forgot to say whom it is for."""

from collections.abc import AsyncGenerator, Mapping

import httpx
import pytest

from supportbot.admin_api.access.audit import COMMAND
from supportbot.admin_api.access.roles import ROLES, Area, Level, Role
from supportbot.admin_api.guard import PageDemand, anyone
from supportbot.admin_api.key_guard import KeyDemand
from supportbot.admin_api.oidc.opener import SignInWith
from supportbot.admin_api.oidc.provider import Provider, Registration
from supportbot.admin_api.oidc.service import Admission
from supportbot.admin_api.operators.service import OperatorService
from supportbot.common.database.transactions import Database
from tests.integration.routes import filled, guards, served
from tests.integration.signing_in import PASSWORD, added, signed_in
from tests.integration.web_stage import Stage, staged

EVERYBODY = frozenset(ROLES)
ADMIN = frozenset({"admin"})
MAY: Mapping[tuple[Area, Level], frozenset[str]] = {
    ("inbox", "read"): EVERYBODY,
    ("inbox", "write"): frozenset({"operator", "admin"}),
    ("documents", "read"): EVERYBODY,
    ("documents", "write"): frozenset({"knowledge_editor", "admin"}),
    ("trials", "read"): frozenset({"operator", "knowledge_editor", "admin"}),
    ("trials", "write"): frozenset({"operator", "knowledge_editor", "admin"}),
    ("overview", "read"): EVERYBODY,
    ("dead_letters", "read"): EVERYBODY,
    ("dead_letters", "write"): frozenset({"operator", "admin"}),
    ("answers", "read"): EVERYBODY,
    ("answers", "write"): ADMIN,
    ("faq", "read"): EVERYBODY,
    ("faq", "write"): frozenset({"knowledge_editor", "admin"}),
    ("costs", "read"): frozenset({"viewer", "admin"}),
    ("costs", "write"): ADMIN,
    ("settings", "read"): frozenset({"viewer", "admin"}),
    ("settings", "write"): ADMIN,
    ("keys", "read"): ADMIN,
    ("keys", "write"): ADMIN,
    ("people", "read"): ADMIN,
    ("people", "write"): ADMIN,
    ("operators", "read"): ADMIN,
    ("operators", "write"): ADMIN,
    ("audit", "read"): ADMIN,
    ("audit", "write"): ADMIN,
    ("self", "read"): EVERYBODY,
    ("self", "write"): EVERYBODY,
}
FOR_ALL = {
    ("GET", "/inbox/sign-in"), ("POST", "/inbox/sign-in"), ("POST", "/inbox/sign-in/code"),
    ("GET", "/inbox/sign-in/renew"), ("POST", "/inbox/sign-in/renew"), ("GET", "/inbox/set-up"),
    ("GET", "/inbox/sign-in/oidc"), ("GET", "/inbox/sign-in/oidc/callback"),
    ("GET", "/inbox/{conversation_id}/{step}"), ("GET", "/inbox/{conversation_id}/{step}/{rest:path}"),
    ("POST", "/inbox/set-up"), ("POST", "/api/v1/auth/token"), ("POST", "/api/v1/auth/refresh"),
}  # fmt: skip
ENDS_THE_SESSION = {"/inbox/sign-out", "/api/v1/auth/sign-out"}
STREAMS = {"/inbox/events", "/inbox/knowledge/events", "/inbox/knowledge/web/events"}


@pytest.fixture
async def stage(sqlite_database: Database) -> AsyncGenerator[Stage]:
    provider = Provider(Registration("https://id.example", "inbox", "secret", "https://a.example/callback"))
    async with staged(sqlite_database, sign_in_with=SignInWith(provider, "ID", Admission())) as made:
        yield made


def demands(stage: Stage) -> list[tuple[str, str, PageDemand | KeyDemand | None]]:
    """Method, path and what each route of the admin API demands; None where it declares that it is for everybody."""
    found: list[tuple[str, str, PageDemand | KeyDemand | None]] = []
    for path, methods, route in served(stage.app):
        if not path.startswith(("/inbox", "/api")):
            continue
        declared = guards(route)
        asked = [one for one in declared if isinstance(one, PageDemand | KeyDemand)]
        assert len(asked) == 1 or anyone in declared, f"{methods} {path} does not declare whom it is for"
        found += [(method, path, asked[0] if asked else None) for method in sorted(methods)]
    return found


def level(method: str, demand: PageDemand | KeyDemand) -> Level:
    if isinstance(demand, KeyDemand) and demand.level is not None:
        return demand.level
    return "read" if method in {"GET", "HEAD"} else "write"


async def test_every_route_declares_whom_it_is_for(stage: Stage) -> None:
    found = demands(stage)
    assert {(method, path) for method, path, demand in found if demand is None} == FOR_ALL
    assert len(found) > 40
    areas = {demand.area for _, _, demand in found if demand is not None and demand.area is not None}
    assert areas == {area for area, _ in MAY}


@pytest.mark.parametrize("role", ROLES)
async def test_every_route_lets_in_the_roles_it_is_for_and_no_other(stage: Stage, role: Role) -> None:
    await added(stage.database, "root")
    await added(stage.database, "boris", role)
    async with signed_in(stage, "boris") as client:
        token = client.cookies["supportbot_session"]
        for method, path, demand in demands(stage):
            if demand is None or path in STREAMS or path in ENDS_THE_SESSION:
                continue
            headers = {"Authorization": f"Bearer {token}"} if isinstance(demand, KeyDemand) else {}
            answer = await client.request(method, filled(path), headers=headers)
            may = demand.area is None or role in MAY[demand.area, level(method, demand)]
            assert (answer.status_code != 403) == may, (method, path, answer.status_code, answer.text[:200])
            assert answer.status_code != 401, (method, path)
            if not may:
                assert answer.json()["code"] == "role"


async def test_no_route_lets_in_a_stranger(stage: Stage) -> None:
    await added(stage.database)
    async with stage.client(peer="203.0.113.7", origin="http://support.example") as stranger:
        for method, path, demand in demands(stage):
            if demand is not None:
                answer = await stranger.request(method, filled(path))
                assert answer.status_code == 401, (method, path)
                assert answer.headers["content-type"] == "application/problem+json"


async def test_a_cookie_is_no_way_into_the_api_and_a_key_none_into_the_pages(stage: Stage) -> None:
    await added(stage.database)
    async with signed_in(stage) as anna:
        token = anna.cookies["supportbot_session"]
        anna.cookies.set("supportbot_session", token, domain="support.example", path="/")
        assert (await anna.get("/api/v1/operators")).status_code == 401
        anna.cookies.clear()
        assert (await anna.get("/inbox", headers={"Authorization": f"Bearer {token}"})).status_code == 401


async def api_token(client: httpx.AsyncClient, login: str = "anna") -> httpx.Response:
    return await client.post("/api/v1/auth/token", json={"login": login, "password": PASSWORD})


@pytest.fixture
async def program(stage: Stage) -> AsyncGenerator[httpx.AsyncClient]:
    """A program that has signed in as an administrator."""
    await added(stage.database)
    async with stage.client(peer="203.0.113.7", origin="http://support.example") as client:
        tokens = (await api_token(client)).json()
        client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        yield client


async def test_a_program_signs_in_renews_and_signs_out(stage: Stage) -> None:
    await added(stage.database)
    async with stage.client(peer="203.0.113.7", origin="http://support.example") as client:
        assert (await client.post("/api/v1/auth/token", json={"login": "anna", "password": "?"})).json()[
            "code"
        ] == "wrong_credentials"
        first = (await api_token(client)).json()
        assert (first["token_type"], first["expires_in"]) == ("Bearer", 3600)
        renewed = await client.post("/api/v1/auth/refresh", json={"refresh_token": first["refresh_token"]})
        bearer = {"Authorization": f"Bearer {renewed.json()['access_token']}"}
        assert (await client.get("/api/v1/operators", headers=bearer)).status_code == 200
        assert (await client.post("/api/v1/auth/sign-out", headers=bearer)).status_code == 200
        assert (await client.get("/api/v1/operators", headers=bearer)).status_code == 401
        again = await client.post("/api/v1/auth/refresh", json={"refresh_token": renewed.json()["refresh_token"]})
        assert (again.status_code, again.json()["code"]) == (401, "session_ended")


async def test_who_guesses_over_the_api_has_to_wait(stage: Stage) -> None:
    await added(stage.database)
    async with stage.client(peer="203.0.113.7") as client:
        for _ in range(10):
            await client.post("/api/v1/auth/token", json={"login": "anna", "password": "wrong"})
        refused = await api_token(client)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_attempts")
    assert int(refused.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    "more", [{"id": "x"}, {"disabled": True}, {"password_hash": "x"}, {"version": 9}, {"totp_secret": ""}]
)
async def test_nothing_is_set_that_is_not_meant_to_be(program: httpx.AsyncClient, more: dict[str, object]) -> None:
    refused = await program.post("/api/v1/operators", json={"login": "eve", "name": "Eve", "role": "viewer", **more})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert len((await program.get("/api/v1/operators")).json()["operators"]) == 1


async def test_a_change_needs_the_version_that_was_read(program: httpx.AsyncClient) -> None:
    made = await program.post("/api/v1/operators", json={"login": "Boris", "name": "Boris", "role": "viewer"})
    assert (made.status_code, made.json()["login"]) == (201, "boris")
    path = made.headers["location"]
    tag = (await program.get(path)).headers["etag"]
    assert (await program.patch(path, json={"role": "operator"})).status_code == 428
    changed = await program.patch(path, json={"role": "operator"}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["role"]) == (200, "operator")
    late = await program.patch(path, json={"name": "Late"}, headers={"If-Match": tag})
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert (await program.get(path)).json()["name"] == "Boris"


async def test_the_last_administrator_stays(program: httpx.AsyncClient, stage: Stage) -> None:
    (anna,) = (await program.get("/api/v1/operators")).json()["operators"]
    path = f"/api/v1/operators/{anna['id']}"
    for change in ({"disabled": True}, {"role": "viewer"}):
        tag = (await program.get(path)).headers["etag"]
        refused = await program.patch(path, json=change, headers={"If-Match": tag})
        assert (refused.status_code, refused.json()["code"]) == (409, "last_admin")
    boris = await added(stage.database, "boris", "admin")
    tag = (await program.get(path)).headers["etag"]
    assert (await program.patch(path, json={"role": "viewer"}, headers={"If-Match": tag})).status_code == 200
    with pytest.raises(Exception, match="last administrator"):
        await OperatorService(stage.database).disable(COMMAND, boris)


async def test_the_audit_log_has_who_did_what(program: httpx.AsyncClient) -> None:
    await program.post("/api/v1/operators", json={"login": "boris", "name": "Boris"})
    page = (await program.get("/api/v1/audit", params={"limit": 1})).json()
    (entry,) = page["entries"]
    assert (entry["actor"], entry["action"], entry["details"]) == (
        "Anna",
        "operator_added",
        {"login": "boris", "role": "operator"},
    )
    older = (await program.get("/api/v1/audit", params={"after": page["next"]})).json()
    assert [one["action"] for one in older["entries"]] == ["signed_in", "operator_added"]
