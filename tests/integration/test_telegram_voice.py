"""What people say instead of writing it, where a model can write it down."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy import update

from supportbot.common.database.clock import now
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.database.schema.tables import conversations, messages
from supportbot.common.i18n import translate
from tests.fakes.openai.server import KEY, FakeOpenAI
from tests.fakes.telegram import FakeTelegram
from tests.integration.telegram_gateway import ANNA, World, running, settings_for


@pytest.fixture
async def model() -> AsyncGenerator[FakeOpenAI]:
    async with FakeOpenAI() as fake:
        yield fake


@pytest.fixture
async def world(sqlite_database: SqliteDatabase, tmp_path: Path, model: FakeOpenAI) -> AsyncGenerator[World]:
    async with FakeTelegram() as fake:
        settings = settings_for(
            fake,
            tmp_path,
            transcription_model="whisper-1",
            transcription_api_base=model.base_url,
            transcription_api_key=KEY,
        )
        async with running(fake, sqlite_database, settings) as made:
            yield made


@pytest.mark.parametrize("kind", ["voice", "video_note"])
async def test_what_is_spoken_is_written_down_and_answered(world: World, model: FakeOpenAI, kind: str) -> None:
    model.transcript = "How do I pay?"
    world.telegram.user_sends_media(ANNA, kind)
    heard = translate("telegram.heard", "en", text="How do I pay?")
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == heard, timeout=20)
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text.startswith("Echo: How do I pay?"), timeout=20)
    assert model.recordings == [("whisper-1", b"file")]
    await world.row(messages, kind="text", text="How do I pay?", file_id=None)


async def test_a_voice_note_at_a_local_server_is_read_from_its_folder(
    sqlite_database: SqliteDatabase, tmp_path: Path, model: FakeOpenAI
) -> None:
    async with FakeTelegram() as fake:
        fake.world.local_files = tmp_path / "server"
        settings = settings_for(
            fake,
            tmp_path,
            transcription_model="whisper-1",
            transcription_api_base=model.base_url,
            transcription_api_key=KEY,
            telegram_files_path=tmp_path / "server",
        )
        model.transcript = "How do I pay?"
        async with running(fake, sqlite_database, settings) as world:
            world.telegram.user_sends_media(ANNA, "voice")
            await world.telegram.wait_for_message(ANNA, lambda sent: sent.text.startswith("Echo: How"), timeout=40)
    assert model.recordings == [("whisper-1", b"file")]


@pytest.mark.parametrize("transcript", [None, "", "  "])
async def test_a_voice_note_that_cannot_be_written_down_goes_to_a_person(
    world: World, model: FakeOpenAI, transcript: str | None
) -> None:
    model.transcript = transcript
    world.telegram.user_sends_media(ANNA, "voice")
    if transcript is not None:  # the whole wait is tried once
        while not model.recordings:  # noqa: ASYNC110  # the fake model rings no bell
            await asyncio.sleep(0.02)
        await world.database.write(lambda tx: tx.execute(update(conversations).values(due_at=now())))
    await world.telegram.wait_for_message(ANNA, lambda sent: sent.text == "A person will answer.", timeout=40)
    assert len(model.recordings) == 1
    await world.row(messages, kind="voice", text="")
