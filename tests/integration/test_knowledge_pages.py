"""The pages of the knowledge base over HTTP: documents that are uploaded, looked at, changed, brought back, removed."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import select

from supportbot.admin_api.access.roles import Role
from supportbot.common.database.schema.operator_tables import audit_entries
from supportbot.common.database.transactions import Database
from tests.integration.api_stage import ApiStage
from tests.integration.indexing import eventually
from tests.integration.signing_in import BROWSER, added, page_token, sign_in

KNOWLEDGE: Final = "/inbox/knowledge"
ID: Final = "~uploads/hangar.md"
ONE: Final = f"{KNOWLEDGE}/documents/{ID}"
SCRIPT: Final = "<script>alert(1)</script>"
ARTICLE: Final = "# Hangar\n\n## Coats\n\nBring a warm coat.\n\n## Parking\n\nTelescopes park in the {colour} hangar.\n"


@pytest.fixture
async def stage(tmp_path: Path, sqlite_database: Database) -> AsyncGenerator[ApiStage]:
    made = ApiStage(tmp_path, sqlite_database)
    await made.service.start()
    yield made
    await made.service.stop()


@asynccontextmanager
async def come_in(stage: ApiStage, login: str = "anna", role: Role = "admin") -> AsyncGenerator[httpx.AsyncClient]:
    """A browser far away in which somebody new is signed in."""
    await added(stage.database, login, role)
    transport = httpx.ASGITransport(stage.app, client=("203.0.113.7", 40000))
    english = {"Accept-Language": "en"}
    async with httpx.AsyncClient(transport=transport, base_url="http://support.example", headers=english) as client:
        await sign_in(client, login)
        client.headers["X-CSRF-Token"] = page_token((await client.get("/inbox")).text)
        yield client


@pytest.fixture
async def anna(stage: ApiStage) -> AsyncGenerator[httpx.AsyncClient]:
    async with come_in(stage) as client:
        yield client


async def upload(client: httpx.AsyncClient, text: str, name: str = "hangar.md") -> httpx.Response:
    return await client.post(f"{KNOWLEDGE}/upload", params={"name": name}, content=text.encode())


async def until_shown(client: httpx.AsyncClient, text: str, path: str = KNOWLEDGE) -> str:
    page = ""

    async def shown() -> bool:
        nonlocal page
        page = (await client.get(path)).text
        return text in page

    await eventually(shown)
    return page


async def test_an_upload_is_listed_and_opens_to_its_passages_with_their_headings(
    stage: ApiStage, anna: httpx.AsyncClient
) -> None:
    assert "No documents yet" in (await anna.get(KNOWLEDGE)).text
    async with stage.indexing():
        assert (await upload(anna, ARTICLE.format(colour="blue"))).status_code == 202
        await until_shown(anna, "In use")
        page = (await anna.get(ONE)).text
    assert "Coats" in page
    assert "park in the blue hangar" in page
    assert 'value="anna"' not in page


async def test_what_cannot_be_read_says_why_in_the_readers_language_and_is_tried_again(
    stage: ApiStage, anna: httpx.AsyncClient
) -> None:
    async with stage.indexing():
        await upload(anna, "%PDF-1.7 no markdown at all")
        await until_shown(anna, "Not read")
        russian = (await anna.get(ONE, headers={"Accept-Language": "ru"})).text
        assert "Дайте ему подходящее окончание" in russian
        again = await anna.post(f"{KNOWLEDGE}/retry/{ID}", headers=BROWSER)
        assert again.headers["location"].endswith("?done=retry")
        assert "It is tried again." in (await anna.get(again.headers["location"])).text


async def test_a_version_is_brought_back_from_its_page(stage: ApiStage, anna: httpx.AsyncClient) -> None:
    async with stage.indexing():
        await upload(anna, ARTICLE.format(colour="blue"))
        await until_shown(anna, "blue hangar", ONE)
        await upload(anna, ARTICLE.format(colour="green"))
        await until_shown(anna, "green hangar", ONE)
        back = await anna.post(f"{KNOWLEDGE}/restore/{ID}", data={"number": "1"}, headers=BROWSER)
        assert back.headers["location"].endswith("?done=restore")
        assert "brought back 1" in await until_shown(anna, "blue hangar", ONE)
    missing = await anna.post(f"{KNOWLEDGE}/restore/{ID}", data={"number": "77"}, headers=BROWSER)
    assert missing.status_code == 404


async def test_who_may_find_a_document_is_set_over_the_revision_that_was_seen(
    stage: ApiStage, anna: httpx.AsyncClient
) -> None:
    async with stage.indexing():
        await upload(anna, ARTICLE.format(colour="blue"))
        page = await until_shown(anna, "blue hangar", ONE)
        revision = re.search(r'name="revision" value="(\d+)"', page)
        assert revision
        fields = {"revision": revision.group(1), "audience": "operators", "tags": f"night, {SCRIPT}", "language": "en"}
        wrong = await anna.post(f"{KNOWLEDGE}/access/{ID}", data={**fields, "expires_on": "soon"}, headers=BROWSER)
        assert (wrong.status_code, "This is no date" in wrong.text) == (422, True)
        assert 'value="night, ' in wrong.text, "what was typed stays"
        done = await anna.post(f"{KNOWLEDGE}/access/{ID}", data={**fields, "expires_on": "2999-01-31"}, headers=BROWSER)
        assert done.headers["location"].endswith("?done=access")
        stale = await anna.post(f"{KNOWLEDGE}/access/{ID}", data=fields, headers=BROWSER)
        assert (stale.status_code, "Somebody else changed it" in stale.text) == (409, True)
    page = (await anna.get(ONE)).text
    assert ('value="2999-01-31"' in page, SCRIPT in page) == (True, False)
    assert "for operators only" in (await anna.get(KNOWLEDGE, params={"show": "operators"})).text


async def test_a_document_is_removed_by_whoever_types_its_name(stage: ApiStage, anna: httpx.AsyncClient) -> None:
    async with stage.indexing():
        await upload(anna, ARTICLE.format(colour="blue"))
        await until_shown(anna, "In use")
        unsure = await anna.post(f"{KNOWLEDGE}/remove/{ID}", data={"name": "hangar"}, headers=BROWSER)
        assert (unsure.status_code, "nothing was removed" in unsure.text) == (422, True)
        sure = await anna.post(f"{KNOWLEDGE}/remove/{ID}", data={"name": "hangar.md"}, headers=BROWSER)
        assert sure.headers["location"] == f"{KNOWLEDGE}?done=removed"
        await until_shown(anna, "No documents yet")

    async def noted(connection: object) -> list[str]:
        rows = await connection.execute(select(audit_entries.c.action).order_by(audit_entries.c.id))  # type: ignore[attr-defined]
        return [row.action for row in rows]

    assert [one for one in await stage.database.read(noted) if one.startswith("document")] == [
        "document_uploaded", "document_removed",
    ]  # fmt: skip


async def test_documents_are_found_by_words_of_their_names_whatever_the_capitals(anna: httpx.AsyncClient) -> None:
    for name in ("Возврат товара.md", "Delivery.md"):
        await upload(anna, "# Text", name)
    found = (await anna.get(KNOWLEDGE, params={"q": "возврат"})).text
    assert ("Возврат товара.md" in found, "Delivery.md" in found) == (True, False)
    assert "Nothing like this is here" in (await anna.get(KNOWLEDGE, params={"q": "100% _"})).text


async def test_a_refused_upload_says_what_to_do(anna: httpx.AsyncClient) -> None:
    refused = await upload(anna, "MZ", "virus.exe")
    assert (refused.status_code, refused.json()["code"]) == (415, "kind")
    large = await upload(anna, "x" * 300_001)
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    assert (await anna.get(f"{KNOWLEDGE}/documents/{quote('no such')}")).status_code == 404


async def test_whoever_may_only_look_is_offered_nothing_else(stage: ApiStage) -> None:
    await added(stage.database, "root")
    async with come_in(stage, "vera", "viewer") as vera:
        page = (await vera.get(KNOWLEDGE)).text
        assert "Drop files" not in page
        assert f"{KNOWLEDGE}/try" not in page
        assert (await upload(vera, "# Text")).status_code == 403


async def test_what_documents_say_twice_or_differently_is_a_page_that_leads_to_them(
    stage: ApiStage, anna: httpx.AsyncClient
) -> None:
    said = "Parcels up to {figure} kilograms are brought by the courier to every address in the whole of the city."
    path = f"{KNOWLEDGE}/conflicts"
    assert "No conflicts were found" in (await anna.get(path)).text
    async with stage.indexing():
        for name, figure in (("old.md", 20), ("new.md", 30), ("again.md", 30)):
            assert (await upload(anna, f"# {SCRIPT}\n\n{said.format(figure=figure)}\n", name)).status_code == 202
        await until_shown(anna, "Different figures", path)
        page = await until_shown(anna, "Nearly the same", path)
    assert ("Different figures" in page, "20 kilogram" in page, SCRIPT in page) == (True, True, False)
    assert f'href="{KNOWLEDGE}/documents/~uploads/old.md?from=0#chunks"' in page
    assert all(f'label--person">{figure}<' in page for figure in (20, 30))
    russian = (await anna.get(path, headers={"Accept-Language": "ru"})).text
    assert "Спросивший получит одно из них." in russian
