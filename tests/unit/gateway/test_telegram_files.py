"""Files of a local Bot API server: only this bot's own, in the folder that was named."""

from pathlib import Path

import pytest
from aiogram import Bot

from supportbot.gateway.adapters import telegram_files
from supportbot.gateway.adapters.telegram_files import TelegramFiles
from supportbot.gateway.ports import TelegramError
from tests.fakes.telegram import TOKEN


def files(folder: Path | None) -> TelegramFiles:
    return TelegramFiles(Bot(TOKEN), folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "server" / TOKEN / "voice").mkdir(parents=True)
    (tmp_path / "server" / TOKEN / "voice" / "1.oga").write_bytes(b"said")
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "server" / TOKEN / "voice" / "link.oga").symlink_to(tmp_path / "secret")
    return tmp_path / "server"


async def test_a_file_is_found_wherever_the_servers_folder_is_mounted(folder: Path) -> None:
    assert await files(folder).content(f"/var/lib/telegram-bot-api/{TOKEN}/voice/1.oga") == b"said"


@pytest.mark.parametrize(
    "path", ["/etc/passwd", f"/x/{TOKEN}/../../secret", f"/x/{TOKEN}/voice/link.oga", f"/x/{TOKEN}x/voice/1.oga"]
)
async def test_no_other_file_is_read(folder: Path, path: str) -> None:
    with pytest.raises(TelegramError, match="not one of this bot's"):
        await files(folder).content(path)


async def test_the_missing_setting_is_named_and_no_error_tells_the_token(folder: Path) -> None:
    with pytest.raises(TelegramError, match="TELEGRAM_FILES_PATH"):
        await files(None).content(f"/var/lib/{TOKEN}/voice/1.oga")
    with pytest.raises(TelegramError, match="No such file") as caught:
        await files(folder).content(f"/var/lib/{TOKEN}/voice/2.oga")
    assert TOKEN not in str(caught.value)


async def test_a_file_that_is_too_large_is_not_taken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram_files, "MOST_FILE_BYTES", 3)
    with pytest.raises(TelegramError, match="too large"):
        await files(folder).content(f"/var/lib/{TOKEN}/voice/1.oga")
