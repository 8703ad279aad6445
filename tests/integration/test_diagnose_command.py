"""`supportbot diagnose` where something is broken, as a stranger gives it."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from typer.testing import CliRunner, Result

from supportbot.standalone.cli.main import application
from tests.fakes.serving import LoopbackServer
from tests.fakes.telegram import FakeTelegram

AWAY = "127.0.0.1:9"
KEY = "sk-expired-yesterday-0123456789"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
async def model() -> AsyncIterator[LoopbackServer]:
    """A model's server that does not take our key."""
    app = FastAPI()

    @app.get("/v1/models", status_code=401)
    async def models() -> dict[str, str]:
        return {"error": f"Incorrect API key provided: {KEY}"}

    server = LoopbackServer(app)
    await server.start()
    yield server
    await server.stop()


def given(monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


async def diagnose(*arguments: str) -> Result:
    return await asyncio.to_thread(lambda: CliRunner().invoke(application, ["diagnose", *arguments]))


async def found(monkeypatch: pytest.MonkeyPatch, **settings: str) -> dict[str, str]:
    """What is wrong, and what to do about each."""
    given(monkeypatch, **settings)
    done = await diagnose("--json")
    assert done.exit_code == 5, done.output
    report: dict[str, Any] = json.loads(done.stdout)
    return {one["what"]: one["do"] for one in report["findings"]}


def advice(findings: dict[str, str], said: str) -> str:
    (do,) = [do for what, do in findings.items() if said in what]
    return do


async def test_servers_that_are_away_and_a_key_that_has_expired_are_named(
    monkeypatch: pytest.MonkeyPatch, model: LoopbackServer
) -> None:
    findings = await found(
        monkeypatch,
        RABBITMQ_URL=f"amqp://bot:sesame-open@{AWAY}/",
        QDRANT_URL=f"http://{AWAY}",
        REDIS_HOST="127.0.0.1",
        REDIS_PORT="9",
        OPENAI_API_BASE=f"{model.url}/v1",
        OPENAI_API_KEY=KEY,
    )
    assert "RABBITMQ_URL" in advice(findings, "RabbitMQ cannot be used")
    assert "QDRANT_URL" in advice(findings, "Qdrant cannot be used")
    assert "REDIS_HOST" in advice(findings, "Redis cannot be used")
    assert "OPENAI_API_KEY is wrong, expired" in advice(findings, "the model's server: 401")
    assert "systemctl start" in advice(findings, "nothing of the product runs here")
    assert "sesame-open" not in str(findings)
    assert KEY not in str(findings)


async def test_each_bot_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    revoked = "987654321:AARevokedTokenForTests_0123456789abcde"
    async with FakeTelegram() as telegram:
        findings = await found(
            monkeypatch,
            TELEGRAM_BOT_TOKEN=f"{telegram.token},{revoked}",
            TELEGRAM_API_BASE=telegram.base_url,
            WEBHOOK_URL="https://bot.example.org",
        )
    assert "webhook set" in advice(findings, "bot 123456789: WEBHOOK_URL is set, and Telegram has no webhook")
    assert "@BotFather" in advice(findings, "bot 987654321: its token is not taken")


async def test_a_name_that_is_nearly_a_setting_is_noticed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("TELEGRAM_TOKEN=1", "OPENAI_API_KEY_FILE=none", "DOCUMENTS_FOLDER=x", "ENV_FILE=.env", "LOG_LEVEL=INFO")
    (place / "none").write_text(KEY, encoding="utf-8")
    (place / ".env").write_text("\n".join(names), encoding="utf-8")
    findings = await found(monkeypatch, OPENAI_API_BASE=f"http://{AWAY}/v1")
    assert [what for what in findings if "which is no setting" in what] == [
        ".env sets TELEGRAM_TOKEN, which is no setting"
    ]
    assert "TELEGRAM_BOT_TOKEN" in advice(findings, ".env sets TELEGRAM_TOKEN")


async def test_what_is_wrong_stands_before_everything_else() -> None:
    done = await diagnose()
    assert done.exit_code == 5
    first, _, rest = done.stdout.partition("=== made at ===")
    assert first.startswith("=== what is wrong ===\n1. ")
    assert "database: there is none at " in first
    assert "\n   → A first start makes it. " in first
    assert "=== machine ===" in rest


async def test_what_cannot_be_looked_at_does_not_end_the_report(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = place / "data"
    (data / "owner.lock").mkdir(parents=True)
    (data / "running.json").write_text('{"pid": 1, "base_url": "http://127.0.0.1:9"}', encoding="utf-8")
    (data / "local_key").write_text("any", encoding="ascii")
    assert "folder where it runs" in advice(await found(monkeypatch), "processes: it could not be looked at")
