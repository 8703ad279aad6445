"""Operators search within documents, list them by tags, and read what is wrong in their language."""

from typing import Any

import httpx
import pytest

from tests.integration.api_stage import DOCUMENTS, ApiStage, until_state

SEARCH = f"{DOCUMENTS}/search"


async def upload(client: httpx.AsyncClient, name: str, text: str, state: str = "live", **params: Any) -> None:
    answer = await client.post(DOCUMENTS, files={"file": (name, text.encode())}, params=params)
    assert answer.status_code == 202, answer.text
    await until_state(client, f"~uploads/{name}", state)


async def test_everything_that_serves_is_searched_and_says_whom_it_is_for(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    async with stage.indexing():
        await upload(client, "hangar.md", "# Hangar\n\n## Hours\n\nTelescopes are parked until 23:40.\n")
        await upload(
            client, "margins.md", "# Margins\n\nA telescope costs us 70.\n", audience="operators", tag=["prices"]
        )
        await upload(client, "old.md", "# Old\n\nTelescopes were free.\n", expires_at="2020-01-01T00:00:00Z")
        found = (await client.get(SEARCH, params={"q": "parking a telescope"})).json()
        assert (found["total"], found["passages"], found["complete"]) == (3, 3, True)
        assert found["items"][0]["document"] == "~uploads/hangar.md"
        assert found["items"][0]["headings"] == ["Hours"]
        assert {(one["title"], one["audience"], one["expired"]) for one in found["items"]} == {
            ("Hangar", "public", False),
            ("Margins", "operators", False),
            ("Old", "public", True),
        }
        tagged = (await client.get(SEARCH, params={"q": "telescope", "tag": "prices"})).json()
        assert [one["title"] for one in tagged["items"]] == ["Margins"]
        assert len((await client.get(SEARCH, params={"q": "telescope", "limit": 1})).json()["items"]) == 1
        await client.delete(f"{DOCUMENTS}/~uploads/hangar.md")
        assert (await client.get(SEARCH, params={"q": "hangar"})).json()["items"] == []


async def test_a_search_without_words_finds_nothing_and_one_without_a_query_is_refused(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get(SEARCH, params={"q": "?!"})).json()["items"] == []
    refused = await client.get(SEARCH)
    assert (refused.status_code, "q" in refused.json()["detail"]) == (422, True)


@pytest.mark.parametrize(
    ("tags", "names"),
    [
        ((), ["a.md", "b.md", "c.md"]),
        (("prices",), ["a.md", "b.md"]),
        (("prices", "staff"), ["b.md"]),
        (("price",), []),
        (("%",), []),
    ],
)
async def test_documents_are_listed_by_their_tags(
    client: httpx.AsyncClient, tags: tuple[str, ...], names: list[str]
) -> None:
    for name, tagged in (("a.md", ["prices"]), ("b.md", ["staff", "prices"]), ("c.md", [])):
        await client.post(DOCUMENTS, files={"file": (name, b"# Words")}, params={"tag": tagged})
    listed = (await client.get(DOCUMENTS, params={"tag": tags, "limit": 2})).json()
    pages = [listed]
    if listed["next"]:
        pages.append((await client.get(DOCUMENTS, params={"tag": tags, "after": listed["next"]})).json())
    assert [one["name"] for page in pages for one in page["items"]] == names


async def test_what_is_wrong_is_told_in_the_language_that_is_asked_for(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    async with stage.indexing():
        await upload(client, "a.pdf", "no PDF", "failed")
        one = f"{DOCUMENTS}/~uploads/a.pdf"
        russian = {"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.5"}
        told = (await client.get(one, headers=russian)).json()
        assert told["reason"].startswith("По имени это PDF, но содержимое другое")
        assert told["summary"] == "Обработать не удалось"
        assert (await client.get(one)).json()["summary"] == "Could not be indexed"
        listed = (await client.get(DOCUMENTS, headers=russian)).json()["items"]
        assert listed[0]["reason"] == told["reason"]
        versions = (await client.get(f"{one}/versions", headers=russian)).json()["items"]
        assert versions[0]["reason"] == told["reason"]
