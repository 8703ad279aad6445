"""One mail and a real mail server: encrypted or not, signing in, and all that a server may say or not say."""

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from supportbot.admin_api.mail.access import MailAccess
from supportbot.admin_api.mail.letters import Letter, message_of
from supportbot.admin_api.mail.smtp import Delivery, MailNotSentError, deliver
from supportbot.common.ids import uuid7
from tests.fakes.mail import ANNA, BORIS, PASSWORD, Certificates, FakeMailServer, Offers, mail_server, make_certificates

LETTER = Letter("Ошибка\r\nBcc: eve@example.com", "Всё плохо", "<p>Всё <b>плохо</b></p>")


@pytest.fixture
def certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    """A pair that this process trusts."""
    made = make_certificates(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    return made


async def send(access: MailAccess, **limits: float) -> Delivery:
    return await deliver(access, message_of(LETTER, uuid7(), datetime.now(UTC), access), access.recipients, **limits)


async def why_not(access: MailAccess, **limits: float) -> str:
    """What is told when it cannot be sent; the password never is."""
    with pytest.raises(MailNotSentError) as caught:
        await send(access, **limits)
    assert PASSWORD not in str(caught.value)
    assert caught.value.__cause__ is None
    return str(caught.value)


@pytest.mark.parametrize("offers", ["none", "starttls", "tls"])
async def test_a_mail_arrives_as_text_and_html(offers: Offers, certificates: Certificates) -> None:
    async with mail_server(offers, certificates) as server:
        assert await send(server.access()) == Delivery({}, {})
        (mail,), (envelope,) = server.mails, server.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("bot@example.com", [ANNA, BORIS])
    assert mail["Subject"] == "Ошибка Bcc: eve@example.com"
    assert mail["Bcc"] is None
    assert mail["Auto-Submitted"] == "auto-generated"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().strip() == "Всё плохо"
    assert html.get_content().strip() == "<p>Всё <b>плохо</b></p>"


@pytest.mark.parametrize(("port", "by"), [(465, "tls"), (587, "starttls"), (25, "starttls")])
def test_the_port_tells_how_it_is_encrypted(port: int, by: str) -> None:
    assert MailAccess("mail", port, "", SecretStr(""), "auto", "", ()).encrypted_by == by


async def test_a_wrong_password_is_told_by_the_names_of_its_settings() -> None:
    async with mail_server() as server:
        why = await why_not(server.access(password=SecretStr("wrong-" + PASSWORD)))
    assert why.startswith("SMTP_USER, SMTP_PASSWORD: ")
    assert "535" in why


@pytest.mark.parametrize("offers", ["starttls", "tls"])
async def test_nothing_is_said_to_a_server_that_nobody_vouches_for(offers: Offers, tmp_path: Path) -> None:
    async with mail_server(offers, make_certificates(tmp_path)) as server:
        assert "is not to be trusted" in await why_not(server.access())
        assert not server.attempts


async def test_a_server_without_starttls_gets_no_password() -> None:
    async with mail_server() as server:
        assert "offers no STARTTLS" in await why_not(server.access(security="starttls"))


async def test_whom_the_server_refuses_keeps_nobody_else_from_getting_it() -> None:
    async with mail_server() as server:
        server.refuses = {BORIS: "550 No such user"}
        assert await send(server.access()) == Delivery({BORIS: "550 No such user"}, {})
        server.refuses = {ANNA: "451 Greylisted"}
        assert await send(server.access()) == Delivery({}, {ANNA: "451 Greylisted"})
        server.refuses = {ANNA: "550 No such user", BORIS: "550 No such user"}
        why = await why_not(server.access())
    assert why.startswith("SMTP_TO: ")
    assert ANNA in why
    assert BORIS in why


async def test_what_a_server_says_of_a_mail_is_one_short_line() -> None:
    async with mail_server() as server:
        server.answer = "554 " + "spam " * 100
        why = await why_not(server.access())
    assert "554 spam" in why
    assert len(why) < 300


async def test_a_server_that_takes_the_mail_and_falls_silent_is_not_waited_for() -> None:
    async with mail_server() as server:
        server.is_silent = True
        assert "silent" in await why_not(server.access(), step_s=0.2)
        assert "silent" in await why_not(server.access(), whole_s=0.2)


async def test_a_port_that_never_says_a_word_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as hung:  # the system takes connections; nobody takes them from it
        server = FakeMailServer(port=hung.getsockname()[1])
        assert "silent" in await why_not(server.access(), step_s=0.2)


async def test_nobody_there_is_told_by_the_names_of_its_settings() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        why = await why_not(FakeMailServer(port=free.getsockname()[1]).access())
    assert why.startswith("SMTP_HOST, SMTP_PORT: 127.0.0.1:")
