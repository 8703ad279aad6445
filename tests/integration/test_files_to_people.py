"""What operators send: a file with words or without, once, as durable as any reply."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from supportbot.common.database.attachments import contents_of_attachments
from supportbot.common.database.schema.attachment_tables import attachments
from supportbot.common.database.schema.tables import conversations, outbound
from supportbot.common.database.transactions import Database
from supportbot.common.i18n import translate
from supportbot.common.plain_text import TEXT_LIMIT
from supportbot.common.web.routes import add_routes
from tests.fakes.files import FilesInMemory
from tests.fakes.telegram import FakeTelegram, Sent
from tests.fakes.telegram.user_updates import media
from tests.integration.api_stage import CONVERSATIONS, LIMIT, ApiStage
from tests.integration.telegram_gateway import ADMIN, ANNA, World, running, settings_for
from tests.integration.web_stage import Stage, first_conversation, staged

JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 10_000
PAGE = b"<script>alert(1)</script>"
WHO = translate("telegram.person_name", "en")
LABEL = translate("telegram.repeat_label", "en")


@dataclass
class Desk:
    """An operator's browser and a program beside a gateway."""

    world: World
    fake: FakeTelegram
    files: FilesInMemory
    operator: httpx.AsyncClient
    program: httpx.AsyncClient

    async def asked(self) -> str:
        """Anna asks; returns her conversation's id."""
        self.fake.user_says(ANNA, "Do you have a plan of the shelf?")
        await self.fake.wait_for_message(ANNA)
        (row,) = await self.world.rows(conversations)
        return str(row.id)

    async def sent(self, conversation: str, name: str, content: bytes, **fields: str) -> httpx.Response:
        """An operator sends a file."""
        given = {"data": fields, "files": {"file": (name, content)}}
        return await self.operator.post(f"/inbox/{conversation}/file", **given)  # type: ignore[arg-type]

    async def replies(self) -> list[Any]:
        """What the team said, in order."""
        rows = [row for row in await self.world.rows(outbound) if row.author == "person"]
        return sorted(rows, key=lambda row: (row.out_seq, row.repeat))


@asynccontextmanager
async def desk_over(database: Database, folder: Path) -> AsyncGenerator[Desk]:
    files = FilesInMemory()
    stage = ApiStage(folder, database, files)
    local = httpx.ASGITransport(stage.app, client=("127.0.0.1", 40000))
    async with (
        FakeTelegram() as fake,
        running(fake, database, settings_for(fake, folder), files=files) as world,
        httpx.AsyncClient(transport=local, base_url="http://localhost:5000") as operator,
        stage.client() as program,
    ):
        yield Desk(world, fake, files, operator, program)


@pytest.fixture
async def desk(sqlite_database: Database, tmp_path: Path) -> AsyncGenerator[Desk]:
    async with desk_over(sqlite_database, tmp_path) as made:
        yield made


async def test_a_picture_goes_as_a_photo_after_its_words(database: Database, tmp_path: Path) -> None:
    async with desk_over(database, tmp_path) as desk:
        conversation = await desk.asked()
        answer = await desk.sent(conversation, "shelf.jpg", JPEG, text="Here it is.", client_id="1")
        assert (answer.status_code, answer.json()) == (200, {"ok": True})
        photo = await desk.fake.wait_for_message(ANNA, lambda sent: sent.method == "sendPhoto")
        assert photo.payload["caption"] == WHO
        assert JPEG in desk.fake.world.files.values()
        assert [sent.text for sent in desk.fake.sent(ANNA)][-2:] == [f"{WHO}\nHere it is.", WHO]
        page = (await desk.operator.get(f"/inbox/{conversation}")).text
        (row,) = await desk.world.rows(attachments)
        assert f'<img src="/inbox/{conversation}/files/{row.id}"' in page
        shown = await desk.operator.get(f"/inbox/{conversation}/files/{row.id}")
        assert (shown.content, shown.headers["content-type"]) == (JPEG, "image/jpeg")
        (kept,) = await desk.world.rows(conversations)
        assert kept.mode == "person", "whoever replies has taken it"


async def test_what_is_no_picture_goes_as_a_document_under_its_name(desk: Desk) -> None:
    conversation = await desk.asked()
    await desk.sent(conversation, "..\\plan.html", PAGE)
    sent = await desk.fake.wait_for_message(ANNA, lambda sent: sent.method == "sendDocument")
    assert sent.payload["document"]["file_name"] == "plan.html"
    assert sent.payload["caption"] == WHO


async def test_a_picture_that_telegram_cannot_use_goes_as_a_document(desk: Desk) -> None:
    conversation = await desk.asked()
    desk.fake.fail("sendPhoto", status=400, description="Bad Request: PHOTO_INVALID_DIMENSIONS")
    await desk.sent(conversation, "long.jpg", JPEG)
    sent = await desk.fake.wait_for_message(ANNA, lambda sent: sent.method == "sendDocument")
    assert sent.payload["document"]["file_name"] == "long.jpg"


async def test_the_same_request_again_is_one_reply_and_another_file_is_refused(desk: Desk) -> None:
    conversation = await desk.asked()
    for _ in range(3):
        assert (await desk.sent(conversation, "a.txt", b"one", client_id="k", text="Hi")).status_code == 200
    other = await desk.sent(conversation, "a.txt", b"two", client_id="k", text="Hi")
    assert (other.status_code, other.json()["error"]["code"]) == (409, "sent_before")
    assert [row.body for row in await desk.replies()] == ["Hi", "a.txt"]
    assert len(await desk.world.rows(attachments)) == 1


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_file_of_which_nobody_knows_is_repeated_once_with_a_label(desk: Desk, *, accepted: bool) -> None:
    conversation = await desk.asked()
    desk.fake.fail("sendPhoto", status=502, after_accept=accepted)
    await desk.sent(conversation, "shelf.jpg", JPEG)
    await desk.world.row(outbound, status="uncertain", author="person")
    await desk.world.patience_ends()
    await desk.fake.wait_for_message(ANNA, lambda sent: sent.text.startswith(LABEL))
    photos = [sent.text for sent in desk.fake.sent(ANNA) if sent.method == "sendPhoto"]
    assert len([text for text in photos if not text.startswith(LABEL)]) == (1 if accepted else 0)
    assert len([text for text in photos if text.startswith(LABEL)]) == 1


async def test_a_content_that_is_lost_is_a_failed_reply_and_what_is_behind_it_goes(desk: Desk) -> None:
    conversation = await desk.asked()
    desk.fake.fail("sendPhoto", status=429, parameters={"retry_after": 1})
    await desk.sent(conversation, "shelf.jpg", JPEG)
    await desk.fake.wait_for_call("sendPhoto")
    desk.files.contents.clear()
    await desk.operator.post(f"/inbox/{conversation}/reply", json={"text": "Did it come?"})
    await desk.fake.wait_for_message(ANNA, lambda sent: sent.text.endswith("Did it come?"))
    row, _ = await desk.replies()
    assert row.status == "failed"
    page = (await desk.operator.get(f"/inbox/{conversation}")).text
    assert "said__status--failed" in page


async def test_a_store_that_is_away_holds_a_file_up_and_loses_nothing(desk: Desk) -> None:
    conversation = await desk.asked()
    desk.fake.fail("sendPhoto", status=429, parameters={"retry_after": 1})
    await desk.sent(conversation, "shelf.jpg", JPEG)
    await desk.fake.wait_for_call("sendPhoto")
    desk.files.away = True
    await desk.world.row(outbound, author="person", error="There is no room")
    desk.files.away = False
    await desk.fake.wait_for_message(ANNA, lambda sent: sent.method == "sendPhoto", timeout=20)


async def test_what_cannot_be_sent_is_refused_in_words_and_nothing_is_stored(desk: Desk) -> None:
    conversation = await desk.asked()
    path = f"/inbox/{conversation}/file"
    refused = [
        (await desk.sent(conversation, "big.bin", b"x" * (LIMIT + 1)), 413, "too_large"),
        (await desk.sent(conversation, "nothing.txt", b""), 422, "empty_file"),
        (await desk.operator.post(path, data={"text": "x"}, files=[]), 422, "one_file"),
        (await desk.sent(str(UUID(int=7)), "a.txt", b"a"), 404, "no_conversation"),
    ]
    for answer, status, code in refused:
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    long = await desk.sent(conversation, "a.txt", b"a", text="x" * (TEXT_LIMIT + 1))
    assert (long.status_code, long.json()["error"]["code"]) == (422, "too_long")
    assert not await desk.replies()
    assert not await desk.world.rows(attachments)


async def test_its_content_is_kept_as_long_as_the_conversation(desk: Desk) -> None:
    conversation = await desk.asked()
    await desk.sent(conversation, "a.txt", b"one")
    database, digests = desk.world.database, list(desk.files.contents)
    assert await database.read(lambda connection: contents_of_attachments(connection, digests)) == set(digests)


async def test_programs_send_files_too(desk: Desk) -> None:
    path = f"{CONVERSATIONS}/{await desk.asked()}"
    once = {"Idempotency-Key": "k1"}
    for _ in range(2):
        sent = await desk.program.post(
            f"{path}/files", data={"text": "The plan.", "seen": "1"}, files={"file": ("plan.txt", PAGE)}, headers=once
        )
        assert sent.status_code == 201
    words, file = sent.json()["entries"][-2:]
    assert (words["text"], file["text"], file["files"][0]["name"]) == ("The plan.", "", "plan.txt")
    other = await desk.program.post(f"{path}/files", files={"file": ("plan.txt", b"else")}, headers=once)
    assert (other.status_code, other.json()["code"]) == (409, "reused_key")
    odd = await desk.program.post(f"{path}/files", data={"seen": "-1"}, files={"file": ("plan.txt", b"x")})
    assert (odd.status_code, odd.json()["code"]) == (422, "invalid")


@asynccontextmanager
async def visitor_of(desk: Desk) -> AsyncGenerator[httpx.AsyncClient]:
    """Somebody in the gateway's web chat who waits for a person."""
    app = FastAPI()
    add_routes(app, *desk.world.gateway.routers)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:5001") as visitor:
        await visitor.get("/")
        assert (await visitor.post("/chat/person", json={"client_id": "1"})).status_code == 202
        yield visitor


async def noticed(desk: Desk) -> Sent:
    """What staff are told of the question, once it is known which message that is: they may reply to it then."""
    notice = await desk.fake.wait_for_message(ADMIN)
    await desk.world.row(outbound, author="staff_notice", status="sent", external_id=notice.message_id)
    return notice


async def test_what_staff_send_in_telegram_reaches_a_visitor_on_the_web(database: Database, tmp_path: Path) -> None:
    async with desk_over(database, tmp_path) as desk, visitor_of(desk) as visitor:
        notice = await noticed(desk)
        said = media(desk.fake.world, "photo", JPEG) | {"caption": "Here it is."}
        desk.fake.user_sends(ADMIN, said, reply_to=notice.message_id)
        file = await desk.world.row(attachments)
        assert [row.body for row in await desk.replies()] == ["Here it is.", "photo.jpg"]
        link = f"/chat/files/{file.conversation_id}:{file.out_seq}:0"
        page = (await visitor.get("/")).text
        assert ("Here it is." in page, f'href="{link}" download' in page) == (True, True)
        saved = await visitor.get(link)
        assert (saved.status_code, saved.content) == (200, JPEG)
        shown = await desk.operator.get(f"/inbox/{file.conversation_id}/files/{file.id}")
        assert (shown.content, shown.headers["content-type"]) == (JPEG, "image/jpeg")


async def test_a_file_that_telegram_does_not_give_any_more_is_said_to_be_gone(desk: Desk) -> None:
    async with visitor_of(desk) as visitor:
        notice = await noticed(desk)
        desk.fake.user_sends(ADMIN, media(desk.fake.world, "document", PAGE), reply_to=notice.message_id)
        file = await desk.world.row(attachments)
        desk.fake.world.files.clear()
        gone = await visitor.get(f"/chat/files/{file.conversation_id}:{file.out_seq}:0")
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, "unknown_file")


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ({"location": {"latitude": 1.0, "longitude": 2.0}}, "staff.not_on_web"),
        ({"document": {"file_id": "f", "file_unique_id": "u", "file_size": 20_000_001}}, "staff.file_too_large"),
    ],
)
async def test_what_the_web_chat_cannot_show_is_said_so_and_not_sent(
    desk: Desk, content: dict[str, Any], key: str
) -> None:
    async with visitor_of(desk):
        notice = await noticed(desk)
        desk.fake.user_sends(ADMIN, content, reply_to=notice.message_id)
        await desk.fake.wait_for_message(ADMIN, lambda sent: translate(key, "en") in sent.text)
        assert not await desk.replies()
        assert not await desk.world.rows(attachments)


async def test_what_staff_send_in_telegram_to_somebody_there_is_shown_in_the_inbox_too(desk: Desk) -> None:
    desk.fake.user_says(ANNA, "/human")
    notice = await noticed(desk)
    said = media(desk.fake.world, "photo", JPEG) | {"caption": "Here it is."}
    desk.fake.user_sends(ADMIN, said, reply_to=notice.message_id)
    await desk.fake.wait_for_message(ANNA, lambda sent: sent.text == "Here it is.")
    file = await desk.world.row(attachments)
    page = (await desk.operator.get(f"/inbox/{file.conversation_id}")).text
    path = f"/inbox/{file.conversation_id}/files/{file.id}"
    assert ("Here it is." in page, f'<img src="{path}"' in page) == (True, True)
    assert (await desk.operator.get(path)).content == JPEG


@pytest.fixture
async def stage(database: Database) -> AsyncGenerator[Stage]:
    async with staged(database) as made:
        yield made


async def test_on_the_web_the_visitor_can_save_it_and_nobody_else(stage: Stage) -> None:
    async with stage.client() as visitor, stage.client() as operator, stage.client() as stranger:
        await visitor.get("/")
        await visitor.post("/chat/messages", json={"text": "Is there a plan?", "client_id": "1"})
        path = f"/inbox/{first_conversation((await operator.get('/inbox?view=all')).text)}"
        sent = await operator.post(f"{path}/file", files={"file": ("<plan>.html", PAGE)})
        assert sent.status_code == 200
        page = (await visitor.get("/")).text
        assert "&lt;plan&gt;.html" in page
        rows = await stage.database.read(lambda connection: connection.execute(select(outbound.c.reply_key)))
        link = f"/chat/files/{rows.scalar_one()}"
        assert f'href="{link}" download' in page
        saved = await visitor.get(link)
        assert (saved.content, saved.headers["content-type"]) == (PAGE, "application/octet-stream")
        assert saved.headers["content-disposition"].startswith("attachment")
        await stranger.get("/")
        assert (await stranger.get(link)).status_code == 404
        stage.files.contents.clear()
        gone = await visitor.get(link)
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, "unknown_file")
