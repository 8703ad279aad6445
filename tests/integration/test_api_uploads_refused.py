"""What is refused of uploads: in words that say what to do, in both languages, and without leaving anything behind."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from supportbot.common.database.transactions import Database, DatabaseUnavailableError
from tests.fakes.files import FilesInMemory
from tests.integration.api_stage import DOCUMENTS, LIMIT, ApiStage

TEXT = b"# Returns\n\nYou have 30 days."


@pytest.fixture
def files() -> FilesInMemory:
    return FilesInMemory()


@pytest.fixture
def stage(tmp_path: Path, sqlite_database: Database, files: FilesInMemory) -> ApiStage:
    return ApiStage(tmp_path, sqlite_database, files)


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem that is as RFC 9457 wants it."""
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["type"] == "about:blank"
    assert body["title"]
    assert body["detail"]
    return answer.status_code, body["code"]


async def raw(client: httpx.AsyncClient, name: str | None, content: Any = TEXT, **headers: str) -> httpx.Response:
    given = {key.replace("_", "-"): value for key, value in headers.items()}
    return await client.post(DOCUMENTS, params={"name": name} if name else {}, content=content, headers=given)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.md", b"", (422, "empty")),
        ("a.md", b"x" * (LIMIT + 1), (413, "too_large")),
        ("a.doc", TEXT, (415, "kind")),
        ("a.md.exe", TEXT, (415, "kind")),
        ("../../a.md", TEXT, (422, "name")),
        ("a\0.md", TEXT, (422, "name")),
        ("x" * 297 + ".md", TEXT, (422, "name")),
        (None, TEXT, (422, "name")),
    ],
)
async def test_what_cannot_be_a_document_is_refused_as_a_form_and_as_a_body(
    client: httpx.AsyncClient, files: FilesInMemory, name: str | None, content: bytes, expected: tuple[int, str]
) -> None:
    assert problem(await raw(client, name, content)) == expected
    form = await client.post(DOCUMENTS, params={"name": name} if name else {}, files={"file": (name or " ", content)})
    assert problem(form) == expected
    assert (await client.get(DOCUMENTS)).json() == {"items": [], "next": None}
    assert files.contents == {}


async def test_a_limit_is_kept_whatever_the_length_is_said_to_be(client: httpx.AsyncClient) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while read < 100 * LIMIT:
            read += 10_000
            yield b"x" * 10_000

    answer = await raw(client, "a.md", endless())
    assert problem(answer) == (413, "too_large")
    assert read <= LIMIT + 20_000


async def test_a_length_that_is_too_large_is_refused_unread(client: httpx.AsyncClient) -> None:
    assert problem(await raw(client, "a.md", b"", content_length=str(10**12))) == (413, "too_large")


async def test_forms_without_a_file_with_two_or_broken_off_are_refused(client: httpx.AsyncClient) -> None:
    assert problem(await client.post(DOCUMENTS, files={"note": (None, "hello")})) == (422, "one_file")
    two = [("file", ("a.md", TEXT)), ("file", ("b.md", TEXT))]
    assert problem(await client.post(DOCUMENTS, files=two)) == (422, "one_file")
    broken = b'--X\r\nContent-Disposition: form-data; name="file"; filename="a.md"\r\n\r\nhalf'
    answer = await client.post(DOCUMENTS, content=broken, headers={"Content-Type": "multipart/form-data; boundary=X"})
    assert problem(answer) == (400, "malformed")


async def test_a_compressed_body_is_refused(client: httpx.AsyncClient) -> None:
    assert problem(await raw(client, "a.md", content_encoding="gzip")) == (415, "encoded")


async def test_problems_are_told_in_the_reader_s_language(client: httpx.AsyncClient) -> None:
    english = (await raw(client, "a.doc")).json()["detail"]
    russian = (await raw(client, "a.doc", accept_language="ru-RU,ru;q=0.9")).json()["detail"]
    assert "This kind of file is not read" in english
    assert "Файлы такого вида не читаются" in russian


async def test_a_connection_that_breaks_off_leaves_nothing(client: httpx.AsyncClient, files: FilesInMemory) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield TEXT
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await raw(client, "a.md", broken())
    assert files.contents == {}
    assert (await client.get(DOCUMENTS)).json()["items"] == []


@pytest.mark.parametrize("limit", ["0", "-1", "1000000000", "9" * 400, "ten", ""])
async def test_a_page_has_a_limit(client: httpx.AsyncClient, limit: str) -> None:
    assert problem(await client.get(DOCUMENTS, params={"limit": limit})) == (422, "invalid")


@pytest.mark.parametrize("after", ["a\0b", "x" * 600, "\u202e"])
async def test_a_cursor_that_nobody_gave_out_is_refused(client: httpx.AsyncClient, after: str) -> None:
    assert problem(await client.get(DOCUMENTS, params={"after": after})) == (422, "invalid")


@pytest.mark.parametrize("path", ["nothing.md", "%00", "~uploads/%00.md", "..%2F..%2Fetc", "sample/", "%ff%fe"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_what_is_not_there_is_said_not_to_be(client: httpx.AsyncClient, path: str, method: str) -> None:
    assert problem(await client.request(method, f"{DOCUMENTS}/{path}")) == (404, "no_document")


async def test_pages_follow_each_other_to_the_end(client: httpx.AsyncClient) -> None:
    for number in range(5):
        await raw(client, f"{number}.md")
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await client.get(DOCUMENTS, params={"limit": 2, "after": after})).json()
        assert len(page["items"]) <= 2
        seen += [item["name"] for item in page["items"]]
        after = page["next"]
    assert seen == [f"{number}.md" for number in range(5)]


async def test_an_idempotency_key_makes_a_repeated_upload_the_same_one(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    first = await raw(client, "a.md", idempotency_key="k1")
    again = await raw(client, "a.md", idempotency_key="k1")
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert problem(await raw(client, "a.md", b"other", idempotency_key="k1")) == (409, "reused_key")
    assert problem(await raw(client, "b.md", idempotency_key="k1")) == (409, "reused_key")
    assert (await client.get(f"{DOCUMENTS}/~uploads/a.md")).json() == first.json()
    async with stage.client() as another:  # with another API key
        assert (await raw(another, "b.md", idempotency_key="k1")).status_code == 202


async def test_a_repeated_upload_does_not_undo_a_newer_one(client: httpx.AsyncClient) -> None:
    await raw(client, "a.md", b"old", idempotency_key="k1")
    newer = await raw(client, "a.md", b"new")
    assert (await raw(client, "a.md", b"old", idempotency_key="k1")).json()["version"] == newer.json()["version"]


async def test_the_same_key_from_many_at_once_is_one_upload(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(raw(client, "a.md", idempotency_key="k1") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_an_idempotency_key_has_a_length(client: httpx.AsyncClient, key: str) -> None:
    assert problem(await raw(client, "a.md", idempotency_key=key)) == (422, "invalid")


async def test_a_full_disk_is_said_to_pass(client: httpx.AsyncClient, files: FilesInMemory) -> None:
    files.away = True
    answer = await raw(client, "a.md")
    assert problem(answer) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    files.away = False
    assert (await raw(client, "a.md")).status_code == 202


async def test_a_database_that_is_away_is_said_to_pass(stage: ApiStage, client: httpx.AsyncClient) -> None:
    await stage.database.close()
    with pytest.raises(DatabaseUnavailableError):
        await stage.database.write(lambda tx: asyncio.sleep(0))
    assert problem(await raw(client, "a.md")) == (503, "unavailable")


async def test_markup_in_names_and_contents_stays_text(client: httpx.AsyncClient) -> None:
    answer = await raw(client, "<script>alert(1)<\u2215script>.md")
    assert answer.status_code == 202
    assert answer.headers["content-type"] == "application/json"
