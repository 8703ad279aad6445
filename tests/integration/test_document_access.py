"""Who may find a document, until when, its language and tags: set over HTTP, and kept by every search."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from supportbot.answerer import app as answerer
from supportbot.answerer.domain.answer import Answer, Question
from supportbot.answerer.settings import AnswererSettings
from supportbot.common.bus.local import LocalBus
from supportbot.common.database.transactions import Database
from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.port import KnowledgeIndex
from tests.integration.api_stage import DOCUMENTS, ApiStage, until_state
from tests.integration.indexing import eventually

ARTICLE = "# Parking at the observatory\n\nVisitors park their telescopes in the blue hangar, which closes at 23:40.\n"
QUESTION = "Where do visitors park their telescopes?"
ID = "~uploads/observatory.md"
ONE = f"{DOCUMENTS}/{ID}"


@pytest.fixture
def stage(tmp_path: Path, database: Database) -> ApiStage:
    return ApiStage(tmp_path, database)


async def upload(client: httpx.AsyncClient, text: str = ARTICLE, **params: Any) -> httpx.Response:
    return await client.post(DOCUMENTS, files={"file": ("observatory.md", text.encode())}, params=params)


async def change(client: httpx.AsyncClient, where: str = ONE, **values: Any) -> dict[str, Any]:
    """Whatever it is; the index has followed."""
    answer = await client.patch(where, json=values, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["access_applied"] is True
    changed: dict[str, Any] = answer.json()
    return changed


async def asked(stage: ApiStage, index: KnowledgeIndex) -> Answer:
    settings = AnswererSettings(_env_file=None)
    return await answerer.build(answerer.Dependencies(stage.database, LocalBus(), index, settings)).answer(
        Question(QUESTION)
    )


async def test_what_is_for_operators_answers_nobody_and_is_shown_to_the_person(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    assert (await upload(client, audience="operators", tag=["staff", "night"])).json()["tags"] == ["staff", "night"]
    async with stage.indexing() as (_, index):
        assert (await until_state(client, ID, "live"))["audience"] == "operators"
        answer = await asked(stage, index)
        assert (answer.decision, answer.text, answer.citations) == ("escalate", "", ())
        assert [(one.document, one.audience) for one in answer.passages] == [(ID, "operators")]
        await change(client, audience="public")
        answer = await asked(stage, index)
        assert (answer.decision, [one.audience for one in answer.passages]) == ("answer", ["public"])
        await change(client, audience="operators")
        assert (await asked(stage, index)).decision == "escalate"


async def test_a_new_version_is_for_whom_the_old_one_was(stage: ApiStage, client: httpx.AsyncClient) -> None:
    async with stage.indexing() as (_, index):
        await upload(client, audience="operators")
        await until_state(client, ID, "live")
        await upload(client, ARTICLE.replace("blue", "green"))
        assert (await until_state(client, ID, "live"))["audience"] == "operators"
        assert (await asked(stage, index)).decision == "escalate"


async def test_the_audience_holds_although_the_new_version_fails(stage: ApiStage, client: httpx.AsyncClient) -> None:
    async with stage.indexing() as (_, index):
        await upload(client)
        await until_state(client, ID, "live")
        await upload(client, "%PDF-1.7 not what its name says", audience="operators")
        failed = await until_state(client, ID, "failed")
        assert (failed["access_applied"], "PDF" in failed["reason"]) == (True, True)
        assert (await asked(stage, index)).decision == "escalate"
        failed = await change(client, audience="public")
        assert (failed["state"], "PDF" in failed["reason"]) == ("failed", True)
        assert (await asked(stage, index)).decision == "answer"


async def test_an_expired_document_leaves_and_comes_back_with_another_date(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    moment = datetime.now(UTC)
    async with stage.indexing() as (_, index):
        await upload(client, expires_at=(moment + timedelta(hours=1)).isoformat())
        assert (await until_state(client, ID, "live"))["expired"] is False
        assert (await asked(stage, index)).decision == "answer"
        assert (await change(client, expires_at=(moment - timedelta(seconds=1)).isoformat()))["expired"] is True
        gone = await asked(stage, index)
        assert (gone.decision, gone.passages) == ("escalate", ())
        assert (await change(client, expires_at=None))["expires_at"] is None
        assert (await asked(stage, index)).decision == "answer"


async def test_it_holds_after_a_start_with_an_index_that_was_lost(stage: ApiStage, client: httpx.AsyncClient) -> None:
    async with stage.indexing():
        await upload(client, audience="operators")
        await until_state(client, ID, "live")
    async with stage.indexing() as (service, index):
        assert (await asked(stage, index)).decision == "escalate"
        await index.remove(DocumentId(ID))
    async with stage.indexing() as (service, index):
        await service.until_settled()
        assert DocumentId(ID) in await index.versions()
        assert (await asked(stage, index)).decision == "escalate"


async def test_nobody_undoes_what_somebody_else_has_just_done(client: httpx.AsyncClient) -> None:
    await upload(client)
    tag = (await client.get(ONE)).headers["etag"]
    first = await client.patch(ONE, json={"tags": ["a", "b", "a"]}, headers={"If-Match": tag})
    assert (first.status_code, first.json()["tags"]) == (200, ["a", "b"])
    assert first.headers["etag"] != tag
    second = await client.patch(ONE, json={"tags": ["c"]}, headers={"If-Match": tag})
    assert (second.status_code, second.json()["code"]) == (412, "changed_meanwhile")
    bare = await client.patch(ONE, json={"tags": ["c"]})
    assert (bare.status_code, bare.json()["code"]) == (428, "no_if_match")
    same = await client.patch(ONE, json={"tags": ["a", "b"]}, headers={"If-Match": first.headers["etag"]})
    assert same.headers["etag"] == first.headers["etag"]
    assert (await client.patch(f"{DOCUMENTS}/none.md", json={}, headers={"If-Match": "*"})).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"audience": "all"}, {"tags": ["\u0000"]}, {"language": "xx"}, {"expires_at": "2030-01-01T00:00"}, {"a": 1}],
)
async def test_what_cannot_be_is_refused(client: httpx.AsyncClient, wrong: dict[str, Any]) -> None:
    await upload(client)
    assert (await client.patch(ONE, json=wrong, headers={"If-Match": "*"})).status_code == 422


async def test_a_given_language_is_that_of_all_passages(stage: ApiStage, client: httpx.AsyncClient) -> None:
    async with stage.indexing() as (_, index):
        await upload(client)
        assert (await until_state(client, ID, "live"))["language"] == "en"
        await change(client, language="ru")
        assert (await until_state(client, ID, "live"))["language"] == "ru"

        async def spoken() -> bool:
            return {one.language for one in await index.neighbours(DocumentId(ID), range(9))} == {"ru"}

        await eventually(spoken)


async def test_a_document_of_the_folder_keeps_what_was_set_when_its_file_changes(
    stage: ApiStage, client: httpx.AsyncClient
) -> None:
    (stage.folder / "documents").mkdir()
    file = stage.folder / "documents" / "a.md"
    file.write_text(ARTICLE, encoding="utf-8")
    async with stage.indexing() as (service, index):
        await until_state(client, "a.md", "live")
        await change(client, f"{DOCUMENTS}/a.md", audience="operators")
        file.write_text(ARTICLE.replace("blue", "green"), encoding="utf-8")
        await service.rescan()
        await service.until_settled()
        assert (await asked(stage, index)).decision == "escalate"
