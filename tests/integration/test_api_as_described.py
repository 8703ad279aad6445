"""Every answer is as docs/openapi.json says: whatever is asked, and however wrong it is."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema.validators import Draft202012Validator

from supportbot.common.database.transactions import Database
from tests.integration.api_stage import CONVERSATIONS, DEAD_LETTERS, DOCUMENTS, ApiStage
from tests.integration.test_api_dead_letters import fail_on
from tests.integration.test_api_settings import SOURCES
from tools.openapi import document

DESCRIBED = document()
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NAMES = st.one_of(ANY_TEXT, ANY_TEXT.map(lambda text: f"{text}.md"))
IDS = st.one_of(ANY_TEXT, st.uuids().map(str), NAMES.map(lambda name: f"~uploads/{name}"))
LIMITS = st.one_of(st.integers().map(str), ANY_TEXT)
QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "limit": LIMITS,
        "after": IDS,
        "open": ANY_TEXT,
        "name": NAMES,
        "q": ANY_TEXT,
        "label": ANY_TEXT,
        "address": ANY_TEXT,
    },
)
ANY = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
JSON = st.recursive(
    ANY, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
)
FIELDS: dict[str, st.SearchStrategy[object]] = {
    "text": st.text(max_size=40) | ANY,
    "address": st.sampled_from(["https://example.com/a", "x", "//"]) | ANY,
    "seen": st.integers() | ANY,
    "mode": st.sampled_from(["machine", "person", "closed"]) | ANY,
    "priority": st.integers(-1, 3) | ANY,
    "labels": st.lists(st.text(max_size=40), max_size=22) | ANY,
    "snoozed_until": st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()) | ANY,
}
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


@pytest.mark.parametrize("content_type", ["application/octet-stream", "multipart/form-data; boundary=X"])
async def test_files_of_whatever_kind(stage: ApiStage, client: httpx.AsyncClient, content_type: str) -> None:
    await fail_on(stage.database, "Why?")
    (conversation,) = (await client.get(CONVERSATIONS)).json()["items"]
    path = f"{CONVERSATIONS}/{{conversation_id}}/files"
    loop = asyncio.get_running_loop()

    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(body=BODIES | st.tuples(ANY_TEXT, ANY_TEXT, st.binary(max_size=99)).map(form_of))
    def send(body: bytes) -> None:
        headers = {"Content-Type": content_type}
        address = path.replace("{conversation_id}", conversation["id"])
        work = client.post(address, content=body, headers=headers)
        check(asyncio.run_coroutine_threadsafe(work, loop).result(30), path, "post")

    await asyncio.to_thread(send)


def form_of(given: tuple[str, str, bytes]) -> bytes:
    """A form with a field and a file."""
    seen, name, content = given
    field = f'--X\r\nContent-Disposition: form-data; name="seen"\r\n\r\n{seen}\r\n'.encode()
    head = f'--X\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    return field + head + content + b"\r\n--X--\r\n"


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
        (CONVERSATIONS, "get"),
        (f"{CONVERSATIONS}/{{conversation_id}}", "get"),
        (f"{CONVERSATIONS}/{{conversation_id}}", "patch"),
        (f"{CONVERSATIONS}/{{conversation_id}}/replies", "post"),
        (f"{CONVERSATIONS}/{{conversation_id}}/notes", "post"),
        (f"{CONVERSATIONS}/{{conversation_id}}/files/{{file_id}}", "get"),
        (SOURCES, "get"),
        (SOURCES, "post"),
        (SOURCES, "delete"),
        (f"{SOURCES}/refresh", "post"),
    ],
)
async def test_requests_of_whatever_kind(stage: ApiStage, client: httpx.AsyncClient, path: str, method: str) -> None:
    await client.post(DOCUMENTS, params={"name": "a.md"}, content=b"# A")
    await fail_on(stage.database, "Why?")
    loop = asyncio.get_running_loop()

    def stays_on_path(identifier: str) -> bool:
        """With these signs in it, it is the path of nothing: a plain 404 before anything of ours is asked."""
        strange = "\n" if "{document_id}" in path else "\n/"
        return bool(identifier.strip("./")) and not set(identifier) & set(strange)

    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(query=QUERIES, identifier=IDS.filter(stays_on_path))
    def ask(query: dict[str, str], identifier: str) -> None:
        spelled = quote(identifier, safe="")
        address = re.sub(r"{\w+}", lambda _: spelled, path)
        work = client.request(method, address, params=query)
        answer = asyncio.run_coroutine_threadsafe(work, loop).result(30)
        check(answer, path, method)

    await asyncio.to_thread(ask)


@pytest.mark.parametrize(("way", "method"), [("", "patch"), ("/replies", "post"), ("/notes", "post")])
async def test_bodies_of_whatever_kind(stage: ApiStage, client: httpx.AsyncClient, way: str, method: str) -> None:
    await fail_on(stage.database, "Why?")
    (conversation,) = (await client.get(CONVERSATIONS)).json()["items"]
    path = f"{CONVERSATIONS}/{{conversation_id}}{way}"
    loop = asyncio.get_running_loop()

    @settings(max_examples=80, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(body=st.fixed_dictionaries({}, optional=FIELDS) | JSON)
    def ask(body: object) -> None:
        content = json.dumps(body).encode()
        headers = {"If-Match": "*", "Content-Type": "application/json"}
        address = path.replace("{conversation_id}", conversation["id"])
        work = client.request(method, address, content=content, headers=headers)
        check(asyncio.run_coroutine_threadsafe(work, loop).result(30), path, method)

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
