"""`config.local.py` as people have it, and what is in none of them."""

from pathlib import Path

import pytest
from dotenv import dotenv_values

from supportbot.standalone.env_lines import env_lines
from supportbot.standalone.python_settings import UnreadableFileError, read_python_settings

LOCAL = """
import os

TELEGRAM_BOT_TOKEN = "123:abc"
ADMIN_IDS = [123456789, 987654321]
DB_PORT = 5432
DB_PASSWORD = "it's secret"
DB_MONITOR_ENABLED = True
CHROMA_DB_PATH = "/opt/telegram-bot/data/chroma_db"
CONFIDENCE_THRESHOLD = 0.7
BASE = os.path.dirname(__file__)
LOGS_PATH = BASE + "/logs"
FLASK_DEBUG = True
"""


def test_plain_settings_become_lines_of_an_env_file(tmp_path: Path) -> None:
    path = tmp_path / "config.local.py"
    path.write_text(LOCAL, encoding="utf-8")
    found, passed_over = read_python_settings(path)
    assert found == {
        "TELEGRAM_BOT_TOKEN": "123:abc",
        "ADMIN_IDS": "123456789,987654321",
        "DB_PORT": "5432",
        "DB_PASSWORD": "it's secret",
        "DB_MONITOR_ENABLED": "true",
        "VECTOR_DB_PATH": "/opt/telegram-bot/data/chroma_db",
        "CONFIDENCE_THRESHOLD": "0.7",
    }
    assert passed_over == ["BASE", "LOGS_PATH", "FLASK_DEBUG"]
    (tmp_path / ".env").write_text(env_lines(found), encoding="utf-8")
    assert dotenv_values(tmp_path / ".env") == found


@pytest.mark.parametrize(
    "value", ["", "plain", "two words", "it's", 'a "b"', "back\\slash", "#1", "x # y", "a\\'b", "ключ", "$HOME"]
)
def test_a_value_is_read_as_it_was_written(value: str, tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(env_lines({"A": value, "B": "next"}), encoding="utf-8")
    assert dotenv_values(path, interpolate=False) == {"A": value, "B": "next"}


def test_the_file_is_never_run(tmp_path: Path) -> None:
    path = tmp_path / "config.local.py"
    path.write_text(
        f'open({str(tmp_path / "ran")!r}, "w")\nDB_HOST = open({str(tmp_path / "ran")!r}, "w")\n', encoding="utf-8"
    )
    assert read_python_settings(path) == ({}, ["DB_HOST"])
    assert not (tmp_path / "ran").exists()


def test_what_is_no_python_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.local.py"
    path.write_text("DB_HOST: = ", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match=r"config\.local\.py"):
        read_python_settings(path)
