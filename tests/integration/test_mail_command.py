"""`supportbot mail test`, as whoever sets mail up gives it."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from supportbot.admin_api.mail.smtp import MailNotSentError
from supportbot.common.settings import SettingsError
from supportbot.standalone.cli.main import application
from tests.fakes.mail import ANNA, BORIS, PASSWORD, USER, FakeMailServer, mail_server


def given(server: FakeMailServer, monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
    named = {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(server.port),
        "SMTP_SECURITY": "none",
        "SMTP_USER": USER,
        "SMTP_PASSWORD": PASSWORD,
        "SMTP_TO": f"{ANNA},{BORIS}",
        "MAIL_LANGUAGE": "ru",
        **more,
    }
    for name, value in named.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def command(*arguments: str) -> Result:
    return await asyncio.to_thread(lambda: CliRunner().invoke(application, ["mail", "test", *arguments]))


async def test_it_sends_a_mail_and_says_who_got_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with mail_server() as server:
        given(server, monkeypatch)
        done = await command()
        assert done.exit_code == 0, done.output
        assert f"took a test mail for {ANNA}, {BORIS}" in done.output
        assert "Почта доходит" in server.mails[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
        server.refuses = {BORIS: "550 No such user"}
        partly = await command("--json")
        assert partly.exit_code == 5
        shape = json.loads(partly.stdout)
        assert (shape["taken"], shape["refused"]) == ([ANNA], {BORIS: "550 No such user"})
        await command("--to", "carol@example.com")
    assert server.envelopes[-1].rcpt_tos == ["carol@example.com"]


async def test_it_says_what_to_mend_and_never_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    unset = await command()
    assert isinstance(unset.exception, SettingsError)
    assert "SMTP_HOST: is missing" in str(unset.exception)
    async with mail_server() as server:
        given(server, monkeypatch, SMTP_PASSWORD="not-" + PASSWORD)
        refused = await command()
    assert isinstance(refused.exception, MailNotSentError)
    assert str(refused.exception).startswith("SMTP_USER, SMTP_PASSWORD: ")
    assert PASSWORD not in str(refused.exception) + refused.output
    assert (await command("--to", "nobody")).exit_code == 2
