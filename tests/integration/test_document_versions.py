"""A document has versions: the old one serves until the new one is whole, and can be brought back."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from supportbot.common.database.transactions import Database
from supportbot.common.telemetry.metrics import PASSAGES_WRITTEN
from tests.integration.api_stage import DOCUMENTS, ApiStage, until_state
from tests.integration.indexing import eventually, texts

ID = "~uploads/hangar.md"
VERSIONS = f"{DOCUMENTS}/{ID}/versions"
UNREADABLE = "%PDF-1.7 not what its name says"


def article(colour: str) -> str:
    """Two passages, of which one is always the same."""
    same = "Every visitor brings a warm coat, since nobody heats the dome at night. " * 8
    return f"# Hangar\n\n## Coats\n\n{same}\n\n## Parking\n\nTelescopes park in the {colour} hangar.\n"


@pytest.fixture
def stage(tmp_path: Path, database: Database) -> ApiStage:
    """The API on each kind of database, keeping two versions."""
    return ApiStage(tmp_path, database, kept=2)


async def upload(client: httpx.AsyncClient, text: str, state: str = "live") -> dict[str, Any]:
    sent = await client.post(DOCUMENTS, files={"file": ("hangar.md", text.encode())})
    assert sent.status_code == 202
    return await until_state(client, ID, state)


async def listed(client: httpx.AsyncClient) -> list[tuple[int, str, int | None]]:
    found = (await client.get(VERSIONS)).json()["items"]
    return [(version["number"], version["state"], version["restored"]) for version in found]


async def test_an_earlier_version_is_brought_back_as_the_newest(stage: ApiStage, client: httpx.AsyncClient) -> None:
    async with stage.indexing() as (_, index):
        await upload(client, article("blue"))
        assert (await upload(client, article("green")))["serving_number"] == 2
        assert await listed(client) == [(2, "serving", None), (1, "replaced", None)]
        back = await client.post(f"{VERSIONS}/1/restore")
        assert (back.status_code, back.json()["serving"]) == (202, True)
        live = await until_state(client, ID, "live")
        assert (live["serving_number"], live["version"]) == (3, sha256(article("blue").encode()).hexdigest())
        assert "blue" in " ".join(await texts(index, ID))
        assert await listed(client) == [(3, "serving", 1), (2, "replaced", None)]
        same = await client.post(f"{VERSIONS}/3/restore")
        assert (same.status_code, same.json()["code"]) == (409, "same_version")


async def test_passages_that_stay_are_not_written_again(stage: ApiStage, client: httpx.AsyncClient) -> None:
    async with stage.indexing() as (_, index):
        await upload(client, article("blue"))
        assert len(await texts(index, ID)) == 2
        before = PASSAGES_WRITTEN._value.get()
        await upload(client, article("green"))
        assert PASSAGES_WRITTEN._value.get() - before == 1


async def test_the_version_before_serves_and_stays_while_newer_ones_fail(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    async with stage.indexing() as (_, index):
        await upload(client, article("blue"))
        for attempt in range(3):
            failed = await upload(client, f"{UNREADABLE} {attempt}", "failed")
            assert (failed["serving"], failed["serving_number"]) == (True, 1)
        assert await listed(client) == [(4, "failed", None), (3, "failed", None), (1, "serving", None)]
        assert "PDF" in (await client.get(VERSIONS)).json()["items"][0]["reason"]
        assert "blue" in " ".join(await texts(index, ID))
        await client.post(f"{VERSIONS}/1/restore")
        assert (await until_state(client, ID, "live"))["serving_number"] == 5


async def test_contents_stay_as_long_as_one_can_go_back_to_them(stage: ApiStage, client: httpx.AsyncClient) -> None:
    digests = [sha256(article(colour).encode()).hexdigest() for colour in ("blue", "green", "red")]
    repository = stage.service._documents
    async with stage.indexing():
        for colour in ("blue", "green", "red"):
            await upload(client, article(colour))
        assert await repository.contents_in_use(digests) == set(digests[1:])
        gone = await client.post(f"{VERSIONS}/1/restore")
        assert (gone.status_code, gone.json()["code"]) == (404, "no_version")
        await client.delete(f"{DOCUMENTS}/{ID}")

        async def absent() -> bool:
            return (await client.get(VERSIONS)).status_code == 404

        await eventually(absent)
        assert await repository.contents_in_use(digests) == set()
        assert (await upload(client, article("blue")))["serving_number"] == 1


async def test_a_document_of_the_folder_has_no_versions_here(stage: ApiStage, client: httpx.AsyncClient) -> None:
    (stage.folder / "documents").mkdir()
    (stage.folder / "documents" / "a.md").write_text("# A\n\nOf the folder.", encoding="utf-8")
    async with stage.indexing():
        await until_state(client, "a.md", "live")
        assert (await client.get(f"{DOCUMENTS}/a.md/versions")).json() == {"items": []}
        assert (await client.post(f"{DOCUMENTS}/a.md/versions/1/restore")).status_code == 404
