"""What a platform team does with `supportbot`, each command as they give it."""

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest

from tests.e2e.commands import Finished, run_command
from tests.e2e.conftest import NewProduct, with_bot
from tests.e2e.product import Product, free_port
from tests.fakes.telegram.server import FakeTelegram
from tests.servers.address import PostgresAddress

ADMIN = 77
DAY_S = 86_400
SECRETS = {
    "OPENAI_API_KEY": "sk-of-the-drill-9f8e7d6c5b4a",
    "OPENAI_API_BASE": "http://127.0.0.1:9",
    "JWT_SECRET_KEY": "q7Lw2Zx9Tt4Vb6Nn8Mm1Kk3Jj5Hh0Gg2",
    "REDIS_PASSWORD": "hunter2hunter2",
}


async def given(product: Product, *arguments: str, code: int = 0, more: dict[str, str] | None = None) -> Finished:
    done = await run_command(*arguments, folder=product.folder, settings={**product.settings, **(more or {})})
    assert done.code == code, done.said
    return done


async def test_a_report_says_how_everything_is_and_no_secret(new_product: NewProduct, telegram: FakeTelegram) -> None:
    product = new_product(**with_bot(telegram), **SECRETS, LOGS_PATH="logs")
    await product.start()
    write(product.folder / "logs" / "error.log", f"could not use {SECRETS['REDIS_PASSWORD']}\n")
    told = await given(product, "diagnose", "--json", code=5)
    report = json.loads(told.output)
    assert [one["what"] for one in report["findings"] if "the model's server: no answer" in one["what"]]
    (process,) = report["processes"].values()
    assert (process["status"], process["connection_pool"]["overflow"]) == (200, 0)
    assert report["database"]["tables"] == report["database"]["newest"]
    assert report["telegram"]["bot 123456789"]["webhook"]["url"] == ""
    assert report["last_errors"] == ["could not use ***"]
    assert report["settings"]["JWT_SECRET_KEY"] == "***"
    for said in (told.said, (await given(product, "diagnose", code=5)).said):
        assert not any(secret in said for secret in (*SECRETS.values(), telegram.token) if "http" not in secret)


async def test_upkeep_removes_old_logs_alone_and_says_what_it_did(new_product: NewProduct) -> None:
    product = new_product(LOGS_PATH="logs")
    await product.start()
    old, new = product.folder / "logs" / "app.log.7", product.folder / "logs" / "app.log.1"
    write(old, "old", age_s=8 * DAY_S)
    write(new, "new")
    assert "1 older than 7 days would be removed" in (await given_upkeep(product, "--dry-run"))["logs"]
    assert old.exists()
    steps = await given_upkeep(product, "--yes")
    assert "when no process runs" in steps["database"]
    assert (old.exists(), new.exists()) == (False, True)
    assert await product.stop() == 0
    assert "VACUUM done" in (await given_upkeep(product, "--yes"))["database"]


async def given_upkeep(product: Product, option: str) -> dict[str, str]:
    """What each step said; a full disk of the machine that runs this is no failure."""
    done = await run_command("maintain", option, "--json", folder=product.folder, settings=product.settings)
    steps: list[dict[str, str]] = json.loads(done.output)
    outcomes = {step["name"]: step["outcome"] for step in steps}
    assert done.code == (5 if "attention" in outcomes.values() else 0), done.said
    assert outcomes.pop("disk") in {"ok", "attention"}
    assert set(outcomes.values()) == {"ok"}
    return {step["name"]: step["said"] for step in steps}


async def test_what_does_not_come_back_is_told_to_the_administrator(
    new_product: NewProduct, telegram: FakeTelegram, tmp_path: Path
) -> None:
    telegram.add_user(ADMIN, "Admin")
    product = new_product(**with_bot(telegram), ADMIN_CHAT_ID=str(ADMIN), LOGS_PATH="logs")
    gone = f"telegram-bot=http://127.0.0.1:{free_port()}"
    surroundings = fake_systemctl(tmp_path)
    options = ("recover", "--unit", gone, "--tries", "2", "--pause", "0", "--json")
    looked = json.loads((await given(product, *options, "--dry-run", code=1, more=surroundings)).output)
    assert (looked["restarted"], looked["told"]) == ([], False)
    tried = json.loads((await given(product, *options, "--yes", code=1, more=surroundings)).output)
    assert (tried["restarted"], tried["told"]) == (["telegram-bot"], True)
    assert (tmp_path / "restarts").read_text(encoding="utf-8") == "restart telegram-bot\n"
    (alert,) = telegram.sent(ADMIN)
    assert "auto recovery failed for telegram-bot" in alert.text
    assert "attempt 2/2" in (product.folder / "logs" / "auto_recovery.log").read_text(encoding="utf-8")


async def test_what_answers_is_left_alone(new_product: NewProduct, tmp_path: Path) -> None:
    product = new_product()
    await product.start()
    surroundings = fake_systemctl(tmp_path)
    done = await given(
        product, "recover", "--yes", "--json", "--unit", f"telegram-bot={product.base_url}", more=surroundings
    )
    assert json.loads(done.output) == {"well": ["telegram-bot"], "restarted": [], "unwell": {}, "told": False}
    assert not (tmp_path / "restarts").exists()


async def test_the_webhook_is_moved_here_and_taken_away(new_product: NewProduct, telegram: FakeTelegram) -> None:
    telegram.route_webhook("bot.example.org", "http://127.0.0.1:9")
    product = new_product(**with_bot(telegram))

    async def webhook(*arguments: str) -> dict[str, Any]:
        said: dict[str, Any] = json.loads((await given(product, "webhook", *arguments, "--json")).output)
        return said

    assert (await webhook("info"))["url"] == ""
    assert (await webhook("set", "https://bot.example.org", "--dry-run"))["changed"] is False
    assert (await webhook("info"))["url"] == ""
    assert (await webhook("set", "https://bot.example.org", "--yes"))["changed"] is True
    assert (await webhook("info"))["url"] == "https://bot.example.org/webhook"
    refused = await given(product, "webhook", "set", "http://bot.example.org", "--yes", code=1)
    assert "WEBHOOK_URL: must begin with https://" in refused.errors
    await webhook("delete", "--yes")
    assert (await webhook("info"))["url"] == ""


async def test_connections_are_shown_by_process(new_product: NewProduct) -> None:
    product = new_product()
    await product.start()
    done = await given(product, "db", "check-connections", "--json", "--address", product.base_url)
    said = json.loads(done.output)
    assert said["pools"][product.base_url]["overflow"] == 0
    assert (said["server"], said["short"]) == (None, [])
    crowded = await given(
        product,
        "db",
        "check-connections",
        "--json",
        "--address",
        product.base_url,
        more={"DB_MONITOR_ALERT_THRESHOLD": "0.001"},
    )
    assert json.loads(crowded.output)["short"] in ([], [product.base_url])


@pytest.mark.postgres
async def test_postgresql_says_who_is_connected_and_what_takes_long(
    postgres_address: PostgresAddress, postgres_name: str, tmp_path: Path
) -> None:
    server = postgres_address
    settings = {
        "DB_HOST": server.host,
        "DB_PORT": str(server.port),
        "DB_USER": server.user,
        "DB_PASSWORD": server.password,
        "DB_NAME": postgres_name,
    }

    async def said(*arguments: str, code: int) -> dict[str, Any]:
        done = await run_command("db", *arguments, "--json", folder=tmp_path, settings=settings)
        assert done.code == code, done.said
        found: dict[str, Any] = json.loads(done.output)
        return found

    connection = await asyncpg.connect(
        host=server.host, port=server.port, user=server.user, password=server.password, database=postgres_name
    )
    sleeping = asyncio.create_task(connection.execute("SELECT pg_sleep(120) AS a_long_one"))
    try:
        found = await said("slow-queries", "--over", "0.01", code=5)
        assert "a_long_one" in found["running"][0]["statement"]
        assert (await said("slow-queries", "--over", "100", code=0))["running"] == []
        here = await said("check-connections", "--address", "http://127.0.0.1:9", code=0)
        assert here["server"]["used"] >= 1
        assert any(row["state"] == "active" for row in here["server"]["by_state"])
    finally:
        sleeping.cancel()
        connection.terminate()
        await asyncio.gather(sleeping, return_exceptions=True)


def fake_systemctl(folder: Path) -> dict[str, str]:
    """A PATH on which systemctl notes what it is to do, and does nothing."""
    program = folder / "bin" / "systemctl"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\necho "$@" >> {folder / "restarts"}\n', encoding="utf-8")
    program.chmod(0o755)
    return {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}


def write(path: Path, text: str, age_s: float = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (time.time() - age_s, time.time() - age_s))
