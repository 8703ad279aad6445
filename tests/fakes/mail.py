"""A mail server of the tests: a real one (aiosmtpd) on a free port of this machine, that keeps what it was given."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from supportbot.admin_api.mail.access import MailAccess

USER, PASSWORD = "bot@example.com", "open-sesame-0123456789"
ANNA, BORIS = "anna@example.com", "boris@example.com"
Offers = Literal["starttls", "tls", "none"]


@dataclass(slots=True)
class FakeMailServer:
    """What it takes and refuses can be changed at any time."""

    port: int = 0
    offers: Offers = "none"
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    """What is said to recipients that it does not take."""
    answer: str = "250 OK"
    """To a whole mail."""
    is_silent: bool = False
    attempts: int = 0
    answers_after: asyncio.Event | None = None

    def access(self, **changes: Any) -> MailAccess:
        """How to send by it."""
        given: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.port,
            "user": USER,
            "password": SecretStr(PASSWORD),
            "security": self.offers,
            "sender": f"Support <{USER}>",
            "recipients": (ANNA, BORIS),
        }
        return MailAccess(**{**given, **changes})

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.attempts += 1
        if self.is_silent:
            await asyncio.Event().wait()
        if self.answers_after is not None:
            await self.answers_after.wait()
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            self.mails.append(message)
            self.envelopes.append(envelope)
        return self.answer

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        """Whether somebody may send."""
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=good)


@asynccontextmanager
async def mail_server(
    offers: Offers = "none", certificates: "Certificates | None" = None
) -> AsyncGenerator[FakeMailServer]:
    """A running server; with TLS it needs a certificate."""
    fake = FakeMailServer(offers=offers)
    context = certificates.context() if certificates else None

    loop, lines = asyncio.get_running_loop(), list[SMTP]()

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of passwords without TLS, which is what is tried here
            line = SMTP(
                fake,
                hostname="mail.example.com",
                authenticator=fake.authenticate,
                auth_required=True,
                auth_require_tls=offers == "starttls",
                require_starttls=offers == "starttls",
                tls_context=context if offers == "starttls" else None,
                loop=loop,
            )
        lines.append(line)
        return line

    encrypted = context if offers == "tls" else None
    listening = await loop.create_server(protocol, "127.0.0.1", 0, ssl=encrypted)
    fake.port = listening.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        listening.close()
        for line in lines:
            if line.transport is not None:
                line.transport.close()


@dataclass(frozen=True, slots=True)
class Certificates:
    """A certificate for 127.0.0.1 and its key, in a file each."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """A server's side of TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def make_certificates(folder: Path) -> Certificates:
    """A new pair, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    begin = datetime.now(UTC) - timedelta(hours=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    found = Certificates(folder / "cert.pem", folder / "key.pem")
    found.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    found.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    return found
