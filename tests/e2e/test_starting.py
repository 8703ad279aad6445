"""What keeps the process from starting is said in one message that names it, without a traceback or a secret."""

import socket
from pathlib import Path

import pytest

from tests.e2e.commands import TRACEBACK, Finished, run_command
from tests.e2e.conftest import NewProduct
from tests.e2e.product import Product, free_port
from tests.fakes.telegram.server import TOKEN

SECRET = "hunter2-do-not-print-me"


async def refused(folder: Path, **settings: str) -> Finished:
    """The start that did not happen."""
    ended = await run_command("run", folder=folder, settings={"WEB_PORT": str(free_port()), **settings})
    assert ended.code == 1, ended.said
    assert TRACEBACK not in ended.said
    assert len(ended.errors.strip()) < 1500, ended.errors
    return ended


def names_in(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


WRONG = {
    "of the wrong kind": {
        "WEB_PORT": "many",
        "CONFIDENCE_THRESHOLD": "7",
        "ADMIN_IDS": f"1,{SECRET}",
        "OPENAI_API_KEY": f"sk-1\n{SECRET}",
        "UPLOAD_LIMIT": "much",
        "BURST_WINDOW": "-1",
        "RUN_MODE": "some",
        "LOG_LEVEL": "LOUD",
        "DB_POOL_SIZE": "0",
        "JWT_ACCESS_TOKEN_EXPIRES": "0",
        "RERANK": "sometimes",
        "ENVIRONMENT": "staging",
    },
    "out of bounds": {"WEB_PORT": "70000", "CONFIDENCE_THRESHOLD": "nan", "UPLOAD_LIMIT": "0"},
    "unusable as they are": {
        "TELEGRAM_BOT_TOKEN": SECRET,
        "TELEGRAM_API_BASE": "ftp://telegram",
        "WEBHOOK_URL": "http://example.com",
        "OPENAI_API_BASE": "example.com",
        "JWT_SECRET_KEY": "changeme",
        "RABBITMQ_URL": f"http://user:{SECRET}@host",
        "QDRANT_URL": "localhost:6333",
    },
    "with more than one line": {"TELEGRAM_BOT_TOKEN": f"{TOKEN}\n{SECRET}"},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
async def test_wrong_settings_are_all_named_at_once(tmp_path: Path, wrong: dict[str, str]) -> None:
    ended = await refused(tmp_path, **wrong)
    assert [name for name in wrong if name not in ended.errors] == []
    assert SECRET not in ended.said
    assert TOKEN not in ended.said


async def test_what_is_unfit_for_production_is_named(tmp_path: Path) -> None:
    wrong = {"DEBUG": "true", "CORS_ORIGINS": "https://shop.example, *", "DB_PASSWORD": "  "}
    ended = await refused(tmp_path, ENVIRONMENT="production", DB_HOST="db", **wrong)
    assert [name for name in wrong if name not in ended.errors] == []


async def test_a_setting_that_lacks_another_one_names_it(tmp_path: Path) -> None:
    assert "OPENAI_API_BASE" in (await refused(tmp_path, OPENAI_API_VERSION="2024-10-21")).errors


async def test_a_secret_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "OPENAI_API_KEY_FILE" in (await refused(tmp_path, OPENAI_API_KEY_FILE="/nowhere/at/all")).errors


async def test_wrong_settings_leave_nothing_behind(tmp_path: Path) -> None:
    await refused(tmp_path, CONFIDENCE_THRESHOLD="7")
    assert names_in(tmp_path) == []


async def test_a_broken_env_file_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"WEB_PORT=\xff\xfe")
    assert ".env" in (await refused(tmp_path)).errors


async def test_a_taken_port_is_named_with_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = await refused(tmp_path, WEB_PORT=str(port))
    assert "WEB_PORT" in ended.errors
    assert str(port) in ended.errors


async def test_a_second_process_on_the_same_folder_is_refused_and_the_first_goes_on(product: Product) -> None:
    ended = await refused(product.folder, **{**product.settings, "WEB_PORT": str(free_port())})
    assert str(product.pid) in ended.errors
    assert (await product.get("/health/ready")).is_success


@pytest.mark.parametrize("name", ["DATABASE_PATH", "VECTOR_DB_PATH", "DOCUMENTS_PATH", "LOGS_PATH"])
async def test_a_place_that_cannot_be_used_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("in the way")
    ended = await refused(tmp_path, **{name: str(tmp_path / "file" / "below")})
    assert "file" in ended.errors


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("not a database at all\n" * 100)
    ended = await refused(tmp_path, DATABASE_PATH=str(tmp_path / "notes.db"))
    assert "notes.db" in ended.errors
    assert (tmp_path / "notes.db").read_text().startswith("not a database")


async def test_secrets_come_from_files_too_and_are_never_logged(new_product: NewProduct, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{SECRET * 2}\n")
    product = new_product(JWT_SECRET_KEY_FILE=str(tmp_path / "key"), LOG_LEVEL="DEBUG")
    await product.start()
    assert await product.stop() == 0
    assert SECRET not in product.log()
