"""What people send in Telegram, as operators open it: through the gateway, which alone has the bot's token."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Row, delete, select

from supportbot.common.database.attachments import contents_of_attachments, want_file
from supportbot.common.database.clock import statement_start
from supportbot.common.database.conversations import delete_conversation
from supportbot.common.database.schema.attachment_tables import attachments
from supportbot.common.database.schema.tables import messages
from supportbot.common.database.transactions import Database
from supportbot.common.ids import ConversationId
from supportbot.common.web.sent_files import FileNotToBeHadError, SentFiles
from supportbot.gateway.use_cases import fetch_files
from tests.fakes.files import FilesInMemory
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.telegram.user_updates import media
from tests.integration.api_stage import CONVERSATIONS, ApiStage
from tests.integration.telegram_gateway import ANNA, World, running, settings_for

JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 100_000
PAGE = b"<script>alert(document.cookie)</script>"


@dataclass
class Desk:
    """An operator's browser and a program beside a gateway, over one database."""

    world: World
    fake: FakeTelegram
    files: FilesInMemory
    operator: httpx.AsyncClient
    program: httpx.AsyncClient

    async def sent(self, kind: str, content: bytes, **more: Any) -> Row[Any]:
        """Anna sends something; returns what is known of it."""
        said = media(self.fake.world, kind, content)
        described = said[kind]
        if isinstance(described, dict):
            described.update(more.pop("file", {}))
        number = len(await self.world.rows(attachments))
        self.fake.user_sends(ANNA, said | more)
        await self.world.row(attachments, count=number + 1)
        return max(await self.world.rows(attachments), key=lambda row: row.seq)


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


def path_of(row: Row[Any]) -> str:
    return f"/inbox/{row.conversation_id}/files/{row.id}"


async def test_a_photo_stands_in_the_conversation_and_is_shown(database: Database, tmp_path: Path) -> None:
    async with desk_over(database, tmp_path) as desk:
        row = await desk.sent("photo", JPEG, caption="It is broken")
        assert row.digest is None, "as long as nobody looks, Telegram alone keeps it"
        page = (await desk.operator.get(f"/inbox/{row.conversation_id}")).text
        assert f'<img src="{path_of(row)}"' in page
        assert "It is broken" in page
        shown = await desk.operator.get(path_of(row))
        assert (shown.status_code, shown.content) == (200, JPEG)
        assert shown.headers["content-type"] == "image/jpeg"
        assert shown.headers["content-disposition"].startswith("inline")
        assert shown.headers["cache-control"] == "no-store"
        again = await desk.operator.get(path_of(row))
        assert again.content == JPEG
        assert desk.fake.counts()["getFile"]["ok"] == 1, "the second time it was here already"


async def test_what_is_no_picture_is_saved_and_runs_nothing_whatever_it_is_called(desk: Desk) -> None:
    row = await desk.sent("document", PAGE, file={"file_name": "../../photo\r\nX: y.html", "mime_type": "text/html"})
    opened = await desk.operator.get(path_of(row))
    assert opened.content == PAGE
    assert opened.headers["content-type"] == "application/octet-stream"
    assert opened.headers["content-disposition"] == "attachment; filename*=UTF-8''photo%20X%3A%20y.html"
    assert opened.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in opened.headers["content-security-policy"]
    assert "x" not in opened.headers


async def test_a_picture_is_told_by_its_content_alone(desk: Desk) -> None:
    row = await desk.sent("photo", PAGE)
    opened = await desk.operator.get(path_of(row))
    assert (opened.headers["content-type"], opened.headers["content-disposition"][:10]) == (
        "application/octet-stream",
        "attachment",
    )


@pytest.mark.parametrize(
    ("kind", "name"), [("voice", "voice.ogg"), ("video", "video.mp4"), ("sticker", "sticker.webp")]
)
async def test_everything_that_can_be_sent_can_be_opened(desk: Desk, kind: str, name: str) -> None:
    row = await desk.sent(kind, b"OggS content")
    assert path_of(row) in (await desk.operator.get(f"/inbox/{row.conversation_id}")).text
    opened = await desk.operator.get(path_of(row))
    assert (opened.status_code, opened.content) == (200, b"OggS content")
    assert opened.headers["content-disposition"].endswith(name)


async def test_of_an_album_each_part_can_be_opened(desk: Desk) -> None:
    rows = [await desk.sent("photo", JPEG[:10] + bytes([n]), media_group_id="77") for n in range(3)]
    for number, row in enumerate(rows):
        assert (await desk.operator.get(path_of(row))).content[-1] == number


async def test_a_changed_caption_keeps_the_picture(desk: Desk) -> None:
    await desk.sent("photo", JPEG)
    (message,) = await desk.world.rows(messages)
    desk.fake.user_changes_caption(ANNA, message.external_id, "Now with words")
    await desk.world.row(attachments, count=2)
    page = (await desk.operator.get(f"/inbox/{message.conversation_id}")).text
    assert "Now with words" in page
    assert page.count("<img src=") == 1


async def test_programs_get_it_too(desk: Desk) -> None:
    row = await desk.sent("document", PAGE, file={"file_name": "счёт.pdf"})
    path = f"{CONVERSATIONS}/{row.conversation_id}"
    (entry, *_) = (await desk.program.get(path)).json()["entries"]
    assert entry["files"] == [{"id": str(row.id), "kind": "document", "name": "счёт.pdf", "size": len(PAGE)}]
    opened = await desk.program.get(f"{path}/files/{entry['files'][0]['id']}")
    assert (opened.status_code, opened.content) == (200, PAGE)


async def test_what_cannot_be_had_is_said_in_words_and_never_with_the_token(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = await desk.sent("document", b"x")
    desk.fake.world.files.clear()
    refused = await desk.operator.get(path_of(gone))
    assert (refused.status_code, refused.json()["code"]) == (404, "file_gone")
    monkeypatch.setattr(fetch_files, "MOST_BYTES", 1000)
    large = await desk.sent("document", JPEG)
    in_words = await desk.operator.get(path_of(large), headers={"Accept": "text/html"})
    assert (in_words.status_code, "at most 20 MB" in in_words.text) == (404, True)
    lied = await desk.sent("document", JPEG, file={"file_size": 10})
    assert (await desk.operator.get(path_of(lied))).json()["code"] == "file_too_large"
    desk.files.away = True
    small = await desk.sent("document", b"small")
    later = await desk.operator.get(path_of(small))
    assert (later.status_code, later.headers["retry-after"]) == (503, "5")
    desk.files.away = False
    assert (await desk.operator.get(path_of(small))).content == b"small", "asked for again, it is fetched again"
    for answer in (refused, in_words, later):
        assert TOKEN not in answer.text + str(answer.headers)


async def test_nobody_opens_a_file_by_another_conversation(desk: Desk) -> None:
    row = await desk.sent("photo", JPEG)
    elsewhere = await desk.operator.get(f"/inbox/{row.id}/files/{row.id}")
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "no_file")
    assert (await desk.operator.get(f"/inbox/{row.conversation_id}/files/nothing")).status_code == 404


async def test_a_fetched_content_that_was_swept_is_fetched_again(desk: Desk) -> None:
    row = await desk.sent("photo", JPEG)
    await desk.operator.get(path_of(row))
    digests = list(desk.files.contents)
    database = desk.world.database
    assert await database.read(lambda connection: contents_of_attachments(connection, digests)) == set(digests)
    long_ago = attachments.update().values(state_at=statement_start(-8 * 86400.0))
    await database.write(lambda tx: tx.execute(long_ago))
    assert await database.read(lambda connection: contents_of_attachments(connection, digests)) == set()
    desk.files.contents.clear()
    assert (await desk.operator.get(path_of(row))).content == JPEG


async def test_with_a_conversation_its_files_go(desk: Desk) -> None:
    row = await desk.sent("photo", JPEG)
    await desk.operator.get(path_of(row))
    await desk.world.database.write(lambda tx: delete_conversation(tx, row.conversation_id))
    assert not await desk.world.rows(attachments)
    assert (await desk.operator.get(path_of(row))).status_code == 404


async def test_where_no_gateway_is_nobody_waits_for_ever(sqlite_database: Database, tmp_path: Path) -> None:
    async with desk_over(sqlite_database, tmp_path) as desk:
        row = await desk.sent("photo", JPEG)
    opening = SentFiles(sqlite_database, FilesInMemory(), wait_s=0.1)
    with pytest.raises(FileNotToBeHadError, match="unavailable"):
        await opening.open(row.conversation_id, row.id)


async def test_what_staff_sent_is_not_looked_for_at_telegram(sqlite_database: Database, tmp_path: Path) -> None:
    async with desk_over(sqlite_database, tmp_path) as desk:
        row = await desk.sent("photo", JPEG)
    await sqlite_database.write(lambda tx: tx.execute(attachments.update().values(file_id=None)))
    with pytest.raises(FileNotToBeHadError, match="gone"):
        await SentFiles(sqlite_database, FilesInMemory()).open(row.conversation_id, row.id)
    await sqlite_database.write(lambda tx: want_file(tx, ConversationId(row.conversation_id), row.id))
    found = await sqlite_database.read(lambda connection: connection.execute(select(attachments.c.state)))
    assert found.scalar_one() == "known"
    await sqlite_database.write(lambda tx: tx.execute(delete(attachments)))
