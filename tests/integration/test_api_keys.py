"""Nobody gets in without a key: any route, any spelling of a wrong key, a revoked one, or one for something else."""

import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Literal, TypeVar

import httpx
import pytest
from fastapi import Depends, FastAPI
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from supportbot.admin_api.access.recognising import Recogniser
from supportbot.admin_api.guard import PageDemand, anyone
from supportbot.admin_api.key_guard import KeyGuard
from supportbot.common.database.api_keys import (
    PREFIX,
    NoKeyError,
    all_keys,
    create_key,
    find_key,
    new_key,
    note_used,
    revoke_key,
)
from supportbot.common.database.clock import after
from supportbot.common.database.schema.tables import api_keys
from supportbot.common.database.transactions import (
    AfterCommit,
    Database,
    DatabaseUnavailableError,
    Lane,
    Transaction,
)
from supportbot.common.health import health_router
from tests.integration.api_stage import ANSWERS, CONVERSATIONS, COSTS, DEAD_LETTERS, DOCUMENTS, FAQ, ApiStage
from tests.integration.routes import filled, guards, served

T = TypeVar("T")
DESCRIPTION = "/api/v1/openapi.json"
OPERATORS = "/api/v1/operators"


@pytest.fixture
def stage(tmp_path: Path, sqlite_database: Database) -> ApiStage:
    return ApiStage(tmp_path, sqlite_database)


@pytest.fixture
async def stranger(stage: ApiStage) -> AsyncGenerator[httpx.AsyncClient]:
    """A program without a key."""
    async with stage.client("") as client:
        yield client


async def test_every_route_is_health_an_operators_page_or_refuses_without_a_key(
    stage: ApiStage, stranger: httpx.AsyncClient
) -> None:
    stage.app.include_router(health_router(stage.database, {}, "1"))
    refusing: set[tuple[str, str]] = set()
    operators: set[str] = set()
    health: set[str] = set()
    for path, methods, route in served(stage.app):
        if path.startswith(("/health", "/metrics")):
            health.add(path)
        elif any(guard is anyone or isinstance(guard, PageDemand) for guard in guards(route)):
            operators.add(path)
        elif "{name" in path or path.endswith((".css", ".js", ".svg")):
            assert not path.startswith("/api"), path  # style sheets and scripts: the same for everyone
        else:
            for method in methods:
                answer = await stranger.request(method, filled(path))
                assert answer.status_code == 401, (method, path)
                assert answer.headers["www-authenticate"].startswith("Bearer")
                refusing.add((method, path))
    assert operators
    assert health
    assert refusing == {
        ("GET", DOCUMENTS),
        ("POST", DOCUMENTS),
        ("GET", f"{DOCUMENTS}/{{document_id:path}}"),
        ("DELETE", f"{DOCUMENTS}/{{document_id:path}}"),
        ("PATCH", f"{DOCUMENTS}/{{document_id:path}}"),
        ("GET", f"{DOCUMENTS}/{{document_id:path}}/chunks"),
        ("GET", f"{DOCUMENTS}/findings"),
        ("GET", f"{DOCUMENTS}/search"),
        ("POST", f"{DOCUMENTS}/{{document_id:path}}/retry"),
        ("GET", f"{DOCUMENTS}/{{document_id:path}}/versions"),
        ("POST", f"{DOCUMENTS}/{{document_id:path}}/versions/{{number}}/restore"),
        ("GET", CONVERSATIONS),
        ("GET", f"{CONVERSATIONS}/{{conversation_id}}"),
        ("PATCH", f"{CONVERSATIONS}/{{conversation_id}}"),
        ("POST", f"{CONVERSATIONS}/{{conversation_id}}/replies"),
        ("POST", f"{CONVERSATIONS}/{{conversation_id}}/notes"),
        ("POST", f"{CONVERSATIONS}/{{conversation_id}}/files"),
        ("GET", f"{CONVERSATIONS}/{{conversation_id}}/files/{{file_id}}"),
        ("GET", DEAD_LETTERS),
        ("GET", f"{DEAD_LETTERS}/{{letter_id}}"),
        ("POST", f"{DEAD_LETTERS}/{{letter_id}}/replay"),
        ("GET", COSTS),
        ("GET", ANSWERS),
        ("GET", f"{ANSWERS}/unanswered"),
        ("GET", f"{ANSWERS}/{{answer_id}}"),
        ("GET", FAQ),
        ("POST", FAQ),
        ("GET", f"{FAQ}/regression"),
        ("GET", f"{FAQ}/{{entry_id}}"),
        ("DELETE", f"{FAQ}/{{entry_id}}"),
        ("GET", OPERATORS),
        ("POST", OPERATORS),
        ("GET", f"{OPERATORS}/{{operator_id}}"),
        ("PATCH", f"{OPERATORS}/{{operator_id}}"),
        ("GET", "/api/v1/audit"),
        ("GET", "/api/v1/settings/threshold"),
        ("PUT", "/api/v1/settings/threshold"),
        ("GET", "/api/v1/web-sources"),
        ("POST", "/api/v1/web-sources"),
        ("DELETE", "/api/v1/web-sources"),
        ("POST", "/api/v1/web-sources/refresh"),
        ("POST", "/api/v1/auth/sign-out"),
        ("GET", DESCRIPTION),
    }


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer sb_",
        "Bearer sb_wrong",
        "Bearer " + "sb_" + "x" * 43,
        "Bearer " + "sb_" + "x" * 10_000,
        "Bearer sb_" + "%00" * 14,
        "Basic c2I6c2I=",
        "bearer null",
        "Bearer eyJhbGciOiJub25lIn0.e30.",
        "sb_" + "x" * 43,
    ],
)
async def test_whatever_is_no_key_is_refused_in_the_same_words(stranger: httpx.AsyncClient, header: str) -> None:
    answer = await stranger.get(DOCUMENTS, headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer.json()["code"] in {"no_key", "wrong_key"}) == (401, True)


async def test_bytes_that_are_no_text_are_no_key(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get(DOCUMENTS, headers=[(b"authorization", b"Bearer sb_\xff\xfe\x80")])
    assert answer.status_code == 401


async def test_a_key_is_good_for_its_scopes_only(stage: ApiStage) -> None:
    async with stage.client(await stage.key("documents")) as client:
        assert (await client.get(DOCUMENTS)).status_code == 200
        refused = await client.get(DEAD_LETTERS)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope")
        assert 'scope="dead_letters"' in refused.headers["www-authenticate"]
        assert (await client.get(DESCRIPTION)).status_code == 200
    async with stage.client(await stage.key("dead_letters")) as client:
        assert (await client.get(DEAD_LETTERS)).status_code == 200
        assert (await client.post(DOCUMENTS, params={"name": "a.md"}, content=b"a")).status_code == 403
        assert (await client.delete(f"{DOCUMENTS}/a.md")).status_code == 403


async def test_a_revoked_key_is_worth_nothing_at_once(stage: ApiStage) -> None:
    async with stage.client() as client:
        assert (await client.get(DOCUMENTS)).status_code == 200
        (key,) = await stage.database.read(all_keys)
        assert await stage.database.write(lambda tx: revoke_key(tx, key.id)) == "tests"
        assert (await client.get(DOCUMENTS)).status_code == 401
        with pytest.raises(NoKeyError):
            await stage.database.write(lambda tx: revoke_key(tx, key.id))


async def test_nothing_is_read_of_an_upload_without_a_key(stranger: httpx.AsyncClient) -> None:
    read = False

    async def content() -> AsyncGenerator[bytes]:
        nonlocal read
        read = True
        yield b"x"

    assert (await stranger.post(DOCUMENTS, params={"name": "a.md"}, content=content())).status_code == 401
    assert not read


async def test_a_wrong_parameter_is_no_way_around_the_key(stranger: httpx.AsyncClient) -> None:
    assert (await stranger.get(DOCUMENTS, params={"limit": "ten"})).status_code == 401
    assert (await stranger.get(f"{DEAD_LETTERS}/no-uuid")).status_code == 401


async def test_neither_key_nor_hash_is_ever_logged(
    stage: ApiStage, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    key = await stage.key("documents")
    with caplog.at_level(logging.DEBUG):
        async with stage.client(key) as client:
            await client.get(DOCUMENTS)
            await client.get(DEAD_LETTERS)
            await client.post(DOCUMENTS, params={"name": "a.pdf"}, content=b"a")
        async with stage.client(key[:-1] + "?") as client:
            await client.get(DOCUMENTS)
    captured = capsys.readouterr()
    written = caplog.text + captured.out + captured.err
    assert key[len(PREFIX) : -1] not in written


async def test_only_a_hash_is_stored(database: Database) -> None:
    key = new_key()
    await database.write(lambda tx: create_key(tx, key=key, name="CI", scopes={"documents"}))

    async def everything(connection: AsyncConnection) -> str:
        rows = (await connection.execute(select(api_keys))).mappings().all()
        return json.dumps([dict(row) for row in rows], default=str)

    assert key.removeprefix(PREFIX) not in await database.read(everything)
    assert key.startswith("sb_")
    assert len(key) == 3 + 43  # 32 bytes


async def test_a_key_is_found_by_itself_alone(database: Database) -> None:
    keys = [new_key() for _ in range(3)]
    for number, key in enumerate(keys):
        await database.write(lambda tx, k=key, n=number: create_key(tx, key=k, name=f"K{n}", scopes={"documents"}))  # type: ignore[misc]
    found = await database.read(lambda connection: find_key(connection, keys[1]))
    assert found is not None
    assert (found.name, set(found.scopes), found.last_used_at) == ("K1", {"documents"}, None)
    assert await database.read(lambda connection: find_key(connection, keys[1].upper())) is None


async def test_the_last_use_is_noted_once_a_minute(database: Database) -> None:
    key_id = await database.write(lambda tx: create_key(tx, key=new_key(), name="CI", scopes={"documents"}))

    async def used() -> object:
        await database.write(lambda tx: note_used(tx, key_id))
        (key,) = await database.read(all_keys)
        return key.last_used_at

    first = await used()
    assert first is not None
    assert await used() == first

    async def age(tx: Transaction) -> None:
        await tx.execute(update(api_keys).values(last_used_at=after(-61)))

    await database.write(age)
    assert await used() != first


async def test_using_a_key_over_http_notes_it(stage: ApiStage) -> None:
    async with stage.client() as client:
        await client.get(DOCUMENTS)
    (key,) = await stage.database.read(all_keys)
    assert key.last_used_at is not None


async def test_a_key_lets_in_where_its_use_cannot_be_noted(stage: ApiStage) -> None:
    key = await stage.key()
    application = FastAPI()
    full = FullDisk(stage.database)
    guard = KeyGuard(full, Recogniser(full, stage.tokens))
    application.add_api_route("/", lambda: "in", methods=["GET"], dependencies=[Depends(guard.demand("documents"))])
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://support.example") as client:
        assert (await client.get("/", headers={"Authorization": f"Bearer {key}"})).json() == "in"
    assert [key.last_used_at for key in await stage.database.read(all_keys)] == [None]


class FullDisk(Database):
    """A database that can only be read."""

    dialect: Literal["sqlite"] = "sqlite"

    def __init__(self, database: Database) -> None:
        self._database = database

    def after_commit(self, publish: AfterCommit) -> None:
        raise NotImplementedError

    async def write(self, work: Callable[[Transaction], Awaitable[T]], *, lane: Lane = "work") -> T:
        raise DatabaseUnavailableError("The disk is full")

    async def read(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        return await self._database.read(work)

    def refusal(self) -> str | None:
        raise NotImplementedError

    def pool_status(self) -> dict[str, int]:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


async def test_where_there_is_no_chat_the_first_page_leads_to_the_inbox(stage: ApiStage) -> None:
    transport = httpx.ASGITransport(stage.app, client=("127.0.0.1", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as operator:
        answer = await operator.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "inbox")
