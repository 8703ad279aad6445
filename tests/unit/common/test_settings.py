"""Settings: where they come from, and what is said about wrong ones."""

from pathlib import Path

import pytest
import structlog

from supportbot.common.settings import CommonSettings, SettingsError, load_settings, secret_in_folder
from supportbot.standalone.settings import StandaloneSettings

SECRET = "s3cr3t-value-that-nobody-may-see"


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without `.env`, and an environment without our names."""
    monkeypatch.chdir(tmp_path)
    for name in StandaloneSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)


def _problems(kind: type[CommonSettings] = StandaloneSettings) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(kind)
    return str(caught.value)


def test_without_any_settings_everything_has_a_default() -> None:
    settings = load_settings(StandaloneSettings)
    assert (settings.web_host, settings.web_port, settings.db_host) == ("127.0.0.1", 5000, "")
    assert settings.data_folder == Path("data")


def test_every_problem_is_listed_by_name_in_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"WEB_PORT": "99999", "DB_PORT": "none", "DB_POOL_SIZE": "0", "ENVIRONMENT": "test", "LOG_LEVEL": "LOUD"}
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    said = _problems()
    assert all(f"  {name}: " in said for name in wrong), said


def test_problems_between_settings_are_listed_by_name_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("DB_HOST", "db")
    monkeypatch.setenv("QDRANT_URL", "db:6333")
    monkeypatch.setenv("RABBITMQ_URL", "http://broker")
    said = _problems(CommonSettings)
    assert all(f"  {name}: " in said for name in ("DB_PASSWORD", "QDRANT_URL", "RABBITMQ_URL")), said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RABBITMQ_URL", f"http://user:{SECRET}@broker"),
        ("WEB_PORT", SECRET),
        ("UPLOAD_LIMIT", SECRET),
        ("TELEGRAM_BOT_TOKEN", f"12345678:{SECRET}\nX"),
        ("JWT_SECRET_KEY", SECRET[:5]),
        ("ADMIN_IDS", SECRET),
    ],
)
def test_no_value_is_ever_printed(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv("DB_PASSWORD", SECRET)
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("WEB_HOST", "")
    monkeypatch.setenv("DB_PORT", "wrong")
    monkeypatch.setenv(name, value)
    said = _problems()
    assert SECRET[:5] not in said
    assert "DB_PORT" in said


def test_a_secret_does_not_show_in_the_settings_own_text(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DB_PASSWORD", "OPENAI_API_KEY", "QDRANT_API_KEY", "REDIS_PASSWORD", "BACKUP_PASSPHRASE"):
        monkeypatch.setenv(name, SECRET)
    assert SECRET not in repr(load_settings(StandaloneSettings))


def test_a_secret_is_read_from_the_file_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\n", encoding="utf-8")
    monkeypatch.setenv("DB_PASSWORD_FILE", str(file))
    assert load_settings(CommonSettings).db_password.get_secret_value() == SECRET


def test_the_file_of_a_secret_may_be_named_in_the_env_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{SECRET}\n", encoding="utf-8")
    (tmp_path / ".env").write_text("DB_PASSWORD_FILE=password\n", encoding="utf-8")
    assert load_settings(CommonSettings).db_password.get_secret_value() == SECRET


def test_an_env_file_that_is_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert ".env: is a folder" in _problems(CommonSettings)


def test_lines_of_the_env_file_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"# Ours\n\nWEB_PORT 5001\nDB_NAME=x\nDB_PASSWORD: {SECRET}\n", encoding="utf-8")
    said = _problems(CommonSettings)
    assert ".env, line 3: " in said
    assert ".env, line 5: " in said
    assert SECRET not in said


def test_a_file_that_cannot_be_read_is_named_by_its_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DB_PASSWORD_FILE", str(tmp_path / "nothing"))
    assert "  DB_PASSWORD_FILE: " in _problems(CommonSettings)


def test_the_environment_wins_over_the_env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("WEB_PORT=5001\nDB_NAME=from_file\n", encoding="utf-8")
    monkeypatch.setenv("WEB_PORT", "5002")
    settings = load_settings(CommonSettings)
    assert (settings.web_port, settings.db_name) == (5002, "from_file")


def test_an_empty_value_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_PORT", "")
    assert load_settings(CommonSettings).web_port == 5000


@pytest.mark.parametrize(("text", "expected"), [("10MB", 10 * 1024**2), ("10 kb", 10240), ("7", 7)])
def test_sizes_may_have_units(monkeypatch: pytest.MonkeyPatch, text: str, expected: int) -> None:
    monkeypatch.setenv("UPLOAD_LIMIT", text)
    assert load_settings(StandaloneSettings).upload_limit == expected


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_IDS", " 1, 2 ,,3 ")
    assert load_settings(StandaloneSettings).admin_ids == (1, 2, 3)


def test_the_old_name_of_the_index_folder_still_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMA_DB_PATH", "old/place")
    assert load_settings(CommonSettings).vector_db_path == Path("old/place")
    monkeypatch.setenv("VECTOR_DB_PATH", "new/place")
    assert load_settings(CommonSettings).vector_db_path == Path("new/place")


@pytest.mark.parametrize("in_file", [True, False])
def test_the_old_name_is_said_to_be_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_file: bool) -> None:
    if in_file:
        (tmp_path / ".env").write_text("CHROMA_DB_PATH=old\n", encoding="utf-8")
    else:
        monkeypatch.setenv("CHROMA_DB_PATH", "old")
    with structlog.testing.capture_logs() as said:
        load_settings(CommonSettings)
    assert [line["event"] for line in said] == ["CHROMA_DB_PATH is an old name; rename it to VECTOR_DB_PATH"]


def test_a_generated_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    made = secret_in_folder(tmp_path / "data", "key")
    assert len(made) > 40
    assert secret_in_folder(tmp_path / "data", "key") == made
    assert (tmp_path / "data" / "key").stat().st_mode & 0o777 == 0o600
