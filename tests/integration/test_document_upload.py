"""A document that is uploaded is indexed and answered from, on each database, whichever process does which part."""

import asyncio
from collections.abc import AsyncGenerator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from supportbot.answerer import app as answerer
from supportbot.answerer.domain.answer import Answer, Question
from supportbot.answerer.settings import AnswererSettings
from supportbot.common.bus.local import LocalBus
from supportbot.common.database.transactions import Database
from supportbot.common.ids import DocumentId
from tests.integration.api_stage import DOCUMENTS, LIMIT, ApiStage, until_state
from tests.integration.indexing import eventually, texts

ARTICLE = "# Parking at the observatory\n\nVisitors park their telescopes in the blue hangar, which closes at 23:40.\n"
QUESTION = "Where do visitors park their telescopes?"
ID = "~uploads/observatory.md"


@pytest.fixture
def stage(tmp_path: Path, database: Database) -> ApiStage:
    """The API on each kind of database; with PostgreSQL the contents are there too."""
    return ApiStage(tmp_path, database)


async def upload(client: httpx.AsyncClient, text: str = ARTICLE, name: str = "observatory.md") -> httpx.Response:
    return await client.post(DOCUMENTS, files={"file": (name, text.encode())})


async def test_an_uploaded_document_is_indexed_and_cited(stage: ApiStage, client: httpx.AsyncClient) -> None:
    sent = await upload(client)
    document = sent.json()
    assert (sent.status_code, sent.headers["location"]) == (202, f"{DOCUMENTS}/{ID}")
    assert (document["id"], document["name"], document["state"]) == (ID, "observatory.md", "received")
    assert document["version"] == sha256(ARTICLE.encode()).hexdigest()
    async with stage.indexing() as (_, index):
        document = await until_state(client, ID, "live")
        assert (document["serving"], document["title"]) == (True, "Parking at the observatory")
        assert document["received_at"] <= document["indexed_at"]
        service = answerer.build(
            answerer.Dependencies(stage.database, LocalBus(), index, AnswererSettings(_env_file=None))
        )
        answer: Answer = await service.answer(Question(QUESTION))
        assert "blue hangar" in answer.text
        assert [citation.document for citation in answer.citations] == [ID]


async def test_the_indexer_finds_uploads_where_no_event_reaches_it(stage: ApiStage, client: httpx.AsyncClient) -> None:
    async with stage.indexing(hears=False):
        await upload(client)
        await until_state(client, ID, "live")


async def test_a_second_upload_of_a_name_replaces_the_first_at_once(stage: ApiStage, client: httpx.AsyncClient) -> None:
    async with stage.indexing() as (_, index):
        await upload(client)
        await until_state(client, ID, "live")
        again = await upload(client, ARTICLE.replace("blue", "green"))
        assert (again.status_code, again.json()["serving"]) == (202, True)
        await until_state(client, ID, "live")
        assert "green hangar" in " ".join(await texts(index, ID))
        assert "blue" not in " ".join(await texts(index, ID))


async def test_the_same_content_again_changes_nothing(stage: ApiStage, client: httpx.AsyncClient) -> None:
    first = await upload(client)
    again = await upload(client)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json() == again.json()


async def test_a_removed_document_leaves_the_index(stage: ApiStage, client: httpx.AsyncClient) -> None:
    async with stage.indexing() as (_, index):
        await upload(client)
        await until_state(client, ID, "live")
        gone = await client.delete(f"{DOCUMENTS}/{ID}")
        assert (gone.status_code, gone.json()["state"], gone.json()["serving"]) == (202, "removing", False)

        async def absent() -> bool:
            return (await client.get(f"{DOCUMENTS}/{ID}")).status_code == 404

        await eventually(absent)
        assert await index.versions() == {}


async def test_a_document_that_is_removed_while_it_is_indexed_does_not_come_back(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    async with stage.indexing() as (service, index):
        for _ in range(5):
            await upload(client)
            assert (await client.delete(f"{DOCUMENTS}/{ID}")).status_code == 202
        await upload(client)
        await client.delete(f"{DOCUMENTS}/{ID}")

        async def settled() -> bool:
            return (await client.get(f"{DOCUMENTS}/{ID}")).status_code == 404

        await eventually(settled)
        assert DocumentId(ID) not in await index.versions()
        assert (await service.status()).waiting == 0


async def test_a_document_that_cannot_be_read_says_why_and_the_version_before_serves(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    async with stage.indexing() as (_, index):
        await upload(client)
        await until_state(client, ID, "live")
        await upload(client, "%PDF-1.7 not what its name says")
        failed = await until_state(client, ID, "failed")
        assert "PDF" in failed["reason"]
        assert failed["serving"] is True
        assert "blue hangar" in " ".join(await texts(index, ID))


async def test_what_failed_is_tried_again_on_request(stage: ApiStage, client: httpx.AsyncClient) -> None:
    await upload(client)
    retry = f"{DOCUMENTS}/{ID}/retry"

    async def lose(_digests: object) -> set[str]:
        return set()

    await stage.files.sweep(-10, lose)
    async with stage.indexing():
        failed = await until_state(client, ID, "failed")
        assert (failed["progress"]["stage"], failed["progress"]["tries"]) == ("received", 1)
        await stage.files.put(_pieces(ARTICLE), limit=LIMIT)
        again = await client.post(retry)
        assert (again.status_code, again.json()["reason"]) == (202, None)
        live = await until_state(client, ID, "live")
        assert (live["progress"]["stage"], live["progress"]["tries"]) == ("live", 2)
        assert live["progress"]["began_at"] <= live["progress"]["stage_since"]
        refused = await client.post(retry)
        assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_retry")
    assert (await client.post(f"{DOCUMENTS}/none.md/retry")).status_code == 404


async def _pieces(text: str) -> AsyncGenerator[bytes]:
    yield text.encode()


async def test_scanning_the_folder_leaves_uploads_alone_and_the_reverse(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    (stage.folder / "documents").mkdir()
    (stage.folder / "documents" / "observatory.md").write_text("# Another\n\nOf the folder.", encoding="utf-8")
    async with stage.indexing() as (service, index):
        await upload(client)
        await until_state(client, ID, "live")
        await service.rescan()
        await service.until_settled()
        assert set(await index.versions()) == {ID, "observatory.md"}
        (stage.folder / "documents" / "observatory.md").unlink()
        await service.rescan()

        async def only_the_upload() -> bool:
            return set(await index.versions()) == {ID}

        await eventually(only_the_upload)
        assert (await client.get(f"{DOCUMENTS}/{ID}")).json()["state"] == "live"


async def test_a_document_of_the_folder_is_listed_and_not_removed_here(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    (stage.folder / "documents").mkdir()
    (stage.folder / "documents" / "a.md").write_text("# A\n\nOf the folder.", encoding="utf-8")
    async with stage.indexing():
        await until_state(client, "a.md", "live")
        refused = await client.delete(f"{DOCUMENTS}/a.md")
        assert (refused.status_code, refused.json()["code"]) == (409, "not_uploaded")


async def test_many_uploads_at_once_are_all_indexed(stage: ApiStage, client: httpx.AsyncClient) -> None:
    async with stage.indexing() as (_, index):
        sent = await asyncio.gather(*(upload(client, f"# D{n}\n\nNumber {n}.", f"{n}.md") for n in range(12)))
        assert {answer.status_code for answer in sent} == {202}

        async def complete() -> bool:
            return len(await index.versions()) == 12

        await eventually(complete)


async def test_a_content_that_is_lost_is_named_and_nothing_else_suffers(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    await upload(client)

    async def nothing(_digests: object) -> set[str]:
        return set()

    await stage.files.sweep(-10, nothing)
    async with stage.indexing():
        failed = await until_state(client, ID, "failed")
        assert "upload the document again" in failed["reason"]
        assert (await upload(client)).status_code == 202
        await until_state(client, ID, "live")


async def test_what_older_rules_have_cut_is_cut_again_at_the_next_start(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    from sqlalchemy import update

    from supportbot.common.database.schema.tables import documents
    from supportbot.common.database.transactions import Transaction

    async with stage.indexing():
        await upload(client)
        first = await until_state(client, ID, "live")

    async def age(tx: Transaction) -> None:
        await tx.execute(update(documents).values(fingerprint="0"))

    await stage.database.write(age)
    async with stage.indexing():

        async def again() -> bool:
            document = (await client.get(f"{DOCUMENTS}/{ID}")).json()
            return bool(document["state"] == "live" and document["indexed_at"] > first["indexed_at"])

        await eventually(again)


async def test_an_upload_as_large_as_allowed_is_taken(client: httpx.AsyncClient) -> None:
    assert (await client.post(DOCUMENTS, params={"name": "a.txt"}, content=b"a" * LIMIT)).status_code == 202
