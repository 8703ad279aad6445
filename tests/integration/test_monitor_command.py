"""`supportbot monitor`: how the machine and all that the product needs are, and who is told what is not well."""

import asyncio
import json
from pathlib import Path

import pytest
from fastapi import FastAPI
from typer.testing import CliRunner, Result

from supportbot.standalone.cli.main import application
from supportbot.standalone.operations import monitoring
from supportbot.standalone.operations.monitoring import Part, is_short
from tests.fakes.mail import mail_server
from tests.fakes.serving import LoopbackServer
from tests.fakes.telegram import FakeTelegram
from tests.integration.test_mail_command import given

ADMIN = 77


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def monitor(*arguments: str) -> Result:
    return await asyncio.to_thread(lambda: CliRunner().invoke(application, ["monitor", *arguments]))


async def test_each_part_says_how_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FakeTelegram() as telegram:
        monkeypatch.setenv("TELEGRAM_BOT_TOKEN", telegram.token)
        monkeypatch.setenv("TELEGRAM_API_BASE", telegram.base_url)
        found = {one["name"]: one for one in json.loads((await monitor("--json")).stdout)}
    assert set(found) == {"processor", "memory", "disk", "telegram", "model", "processes"}
    assert (found["telegram"]["is_well"], found["telegram"]["said"]) == (True, "it answers")
    assert found["model"]["is_well"]
    assert found["memory"]["said"].endswith("% in use")
    assert not found["processes"]["is_well"], "nothing runs here"


async def test_whoever_is_away_is_named_and_told_by_chat_and_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FakeTelegram() as telegram, mail_server() as server:
        telegram.add_user(ADMIN, "Operations")
        given(server, monkeypatch)
        for name, value in {
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "TELEGRAM_API_BASE": telegram.base_url,
            "ADMIN_CHAT_ID": str(ADMIN),
            "OPENAI_API_KEY": "sk-made-up-for-this-test",
            "OPENAI_API_BASE": "http://127.0.0.1:9/v1",
        }.items():
            monkeypatch.setenv(name, value)
        done = await monitor("--tell")
        (told,) = telegram.sent(ADMIN)
    assert done.exit_code == 5
    assert "attention model" in done.output
    assert "OPENAI_API_BASE, OPENAI_API_KEY: no answer" in told.text
    (mail,) = server.mails
    assert "Not well" in mail["Subject"]
    assert "OPENAI_API_BASE" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "sk-made-up-for-this-test" not in done.output + told.text


async def test_a_timer_tells_at_the_second_look_and_then_is_silent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with FakeTelegram() as telegram:
        telegram.add_user(ADMIN, "Operations")
        for name, value in {
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "TELEGRAM_API_BASE": telegram.base_url,
            "ADMIN_CHAT_ID": str(ADMIN),
            "DATABASE_PATH": str(tmp_path / "supportbot.db"),
        }.items():
            monkeypatch.setenv(name, value)
        for told in (0, 1, 1):
            assert (await monitor("--tell", "--changes")).exit_code == 5
            # Another process of this machine may be busy: only what we know of is looked for.
            found = [one for one in telegram.sent(ADMIN) if "processes: none runs on this data folder" in one.text]
            assert len(found) == told


@pytest.mark.parametrize(
    ("ready", "pool", "is_well"),
    [
        (200, {"checked_out": 1, "size": 10, "overflow": 0}, True),
        (200, {"checked_out": 9, "size": 10, "overflow": 0}, False),
        (200, {"checked_out": 1, "size": 10, "overflow": 6}, False),
        (503, {"checked_out": 1, "size": 10, "overflow": 0}, False),
    ],
)
async def test_a_process_is_well_when_it_is_ready_and_has_connections_to_spare(
    ready: int, pool: dict[str, int], is_well: bool
) -> None:
    process = FastAPI()

    @process.get("/health/ready", status_code=ready)
    async def readiness() -> dict[str, str]:
        return {"status": "said"}

    @process.get("/health/db/connections")
    async def connections() -> dict[str, dict[str, int]]:
        return {"connection_pool": pool}

    server = LoopbackServer(process)
    await server.start()
    found = await monitoring._process("telegram-bot", server.url)
    await server.stop()
    assert isinstance(found, Part)
    assert found.is_well is is_well
    away = await monitoring._process("telegram-bot", server.url)
    assert (away.is_well, away.said) == (False, f"nothing answers at {server.url}")


def test_a_pool_is_short_at_four_fifths_or_far_beyond_its_size() -> None:
    assert not is_short(8, 10, 5, over_percent=80)
    assert is_short(9, 10, 0, over_percent=80)
    assert is_short(0, 10, 6, over_percent=80)
    assert is_short(1, 0, 0, over_percent=80)
