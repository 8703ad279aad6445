"""Every answer is as docs/openapi.json says: whatever is asked, and however wrong it is."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema.validators import Draft202012Validator

from supportbot.common.database.transactions import Database
from tests.integration.api_stage import DEAD_LETTERS, DOCUMENTS, ApiStage
from tests.integration.test_api_dead_letters import fail_on
from tools.openapi import document

DESCRIBED = document()
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NAMES = st.one_of(ANY_TEXT, ANY_TEXT.map(lambda text: f"{text}.md"))
IDS = st.one_of(ANY_TEXT, st.uuids().map(str), NAMES.map(lambda name: f"~uploads/{name}"))
LIMITS = st.one_of(st.integers().map(str), ANY_TEXT)
QUERIES = st.fixed_dictionaries({}, optional={"limit": LIMITS, "after": IDS, "open": ANY_TEXT, "name": NAMES})
BODIES = st.one_of(st.binary(max_size=300), st.text(max_size=100).map(str.encode))


@pytest.fixture
async def stage(tmp_path: Path, sqlite_database: Database) -> ApiStage:
    return ApiStage(tmp_path, sqlite_database)


def check(answer: httpx.Response, path: str, method: str) -> None:
    """Hold an answer against the description of its operation."""
    operation = DESCRIBED["paths"][path][method]
    described = operation["responses"].get(str(answer.status_code))
    assert described is not None, f"{method} {path} answered {answer.status_code}, which is not described"
    (kind,) = described["content"]
    assert answer.headers["content-type"] == kind
    schema: dict[str, Any] = {**DESCRIBED, **described["content"][kind]["schema"]}
    Draft202012Validator(schema).validate(answer.json())


@pytest.mark.parametrize("content_type", ["application/octet-stream", "multipart/form-data; boundary=X"])
async def test_uploads_of_whatever_kind(client: httpx.AsyncClient, content_type: str) -> None:
    loop = asyncio.get_running_loop()

    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(query=QUERIES, body=BODIES)
    def ask(query: dict[str, str], body: bytes) -> None:
        headers = {"Content-Type": content_type}
        work = client.post(DOCUMENTS, params=query, content=body, headers=headers)
        check(asyncio.run_coroutine_threadsafe(work, loop).result(30), DOCUMENTS, "post")

    await asyncio.to_thread(ask)


@pytest.mark.parametrize(
    ("path", "method"),
    [
        (DOCUMENTS, "get"),
        (f"{DOCUMENTS}/{{document_id}}", "get"),
        (f"{DOCUMENTS}/{{document_id}}", "delete"),
        (f"{DOCUMENTS}/{{document_id}}", "patch"),
        (f"{DOCUMENTS}/{{document_id}}/retry", "post"),
        (f"{DOCUMENTS}/{{document_id}}/versions", "get"),
        (DEAD_LETTERS, "get"),
        (f"{DEAD_LETTERS}/{{letter_id}}", "get"),
        (f"{DEAD_LETTERS}/{{letter_id}}/replay", "post"),
    ],
)
async def test_requests_of_whatever_kind(stage: ApiStage, client: httpx.AsyncClient, path: str, method: str) -> None:
    await client.post(DOCUMENTS, params={"name": "a.md"}, content=b"# A")
    await fail_on(stage.database, "Why?")
    loop = asyncio.get_running_loop()

    def stays_on_path(identifier: str) -> bool:
        """With these signs in it, it is the path of nothing: a plain 404 before anything of ours is asked."""
        strange = "\n/" if "{letter_id}" in path else "\n"
        return bool(identifier.strip("./")) and not set(identifier) & set(strange)

    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(query=QUERIES, identifier=IDS.filter(stays_on_path))
    def ask(query: dict[str, str], identifier: str) -> None:
        spelled = quote(identifier, safe="")
        address = path.replace("{document_id}", spelled).replace("{letter_id}", spelled)
        work = client.request(method, address, params=query)
        answer = asyncio.run_coroutine_threadsafe(work, loop).result(30)
        check(answer, path, method)

    await asyncio.to_thread(ask)


async def test_what_is_there_is_as_described(stage: ApiStage, client: httpx.AsyncClient) -> None:
    sent = await client.post(DOCUMENTS, params={"name": "a.md"}, content=b"# A")
    check(sent, DOCUMENTS, "post")
    check(await client.get(DOCUMENTS), DOCUMENTS, "get")
    await fail_on(stage.database, "Why?")
    page = await client.get(DEAD_LETTERS)
    check(page, DEAD_LETTERS, "get")
    one = f"{DEAD_LETTERS}/{{letter_id}}"
    letter = page.json()["items"][0]["id"]
    check(await client.get(f"{DEAD_LETTERS}/{letter}"), one, "get")
    for _ in range(2):
        check(await client.post(f"{DEAD_LETTERS}/{letter}/replay"), f"{one}/replay", "post")
    served = await client.get("/api/v1/openapi.json")
    assert served.json() == DESCRIBED
