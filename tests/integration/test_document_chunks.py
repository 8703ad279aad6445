"""What became of a document can be looked at, and what documents say twice or differently."""

from pathlib import Path

import httpx
import pytest
from sqlalchemy import delete

from supportbot.common.database.schema.tables import document_passages
from supportbot.common.database.transactions import Database
from tests.integration.api_stage import DOCUMENTS, ApiStage, until_state
from tests.integration.indexing import eventually

GUIDE = (
    "# Guide\n\nWelcome, and read on.\n\n"
    "## Returns\n\n### By post\n\nReturns are accepted within 14 days of delivery.\n"
)
CHUNKS = f"{DOCUMENTS}/~uploads/guide.md/chunks"


@pytest.fixture
def stage(tmp_path: Path, database: Database) -> ApiStage:
    return ApiStage(tmp_path, database)


async def upload(client: httpx.AsyncClient, name: str, text: str) -> None:
    await client.post(DOCUMENTS, files={"file": (name, text.encode())})
    await until_state(client, f"~uploads/{name}", "live")


async def test_passages_are_shown_as_they_are_searched(stage: ApiStage, client: httpx.AsyncClient) -> None:
    async with stage.indexing():
        await upload(client, "guide.md", GUIDE)
        shown = (await client.get(CHUNKS)).json()
        assert [(one["position"], one["text"]) for one in shown["items"]] == [
            (0, "Welcome, and read on."),
            (1, "Returns are accepted within 14 days of delivery."),
        ]
        assert shown["items"][1]["headings"] == ["Returns", "By post"]
        assert (shown["total"], shown["next"]) == (2, None)
        first = (await client.get(CHUNKS, params={"limit": 1})).json()
        assert first["next"] == 1
        rest = (await client.get(CHUNKS, params={"limit": 1, "from": first["next"]})).json()
        assert [one["position"] for one in rest["items"]] == [1]
        await client.delete(f"{DOCUMENTS}/~uploads/guide.md")

        async def absent() -> bool:
            return (await client.get(CHUNKS)).status_code == 404

        await eventually(absent)


async def test_what_was_indexed_before_passages_were_kept_is_read_again_at_the_next_start(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    async with stage.indexing():
        await upload(client, "guide.md", GUIDE)
    await stage.database.write(lambda tx: tx.execute(delete(document_passages)))
    assert (await client.get(CHUNKS)).json()["total"] == 0
    async with stage.indexing():

        async def shown() -> bool:
            return bool((await client.get(CHUNKS)).json()["total"] == 2)

        await eventually(shown)


async def test_documents_that_contradict_or_repeat_each_other_are_named(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    async with stage.indexing():
        await upload(client, "guide.md", GUIDE)
        await upload(client, "terms.md", "# Terms\n\nReturns are accepted within 30 days of delivery.\n")
        found = (await client.get(f"{DOCUMENTS}/findings")).json()
        assert (found["passages"], found["complete"], found["near_duplicates"]) == (3, True, [])
        (contradiction,) = found["contradictions"]
        assert [(one["document"], one["figures"]) for one in contradiction["places"]] == [
            ("~uploads/guide.md", ["14 day"]),
            ("~uploads/terms.md", ["30 day"]),
        ]
