"""How mails are sent: by which server, as whom, to whom."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Final, Literal

from pydantic import SecretStr

Security = Literal["auto", "starttls", "tls", "none"]
TLS_PORT: Final = 465
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class MailAccess:
    """A mail server and an account on it."""

    host: str
    port: int
    user: str
    password: SecretStr
    security: Security
    sender: str
    """An address, maybe with a name before it."""
    recipients: Sequence[str]

    @property
    def encrypted_by(self) -> Literal["starttls", "tls", "none"]:
        """How the connection is kept from being read: where nothing else is said, the port tells."""
        if self.security == "auto":
            return "tls" if self.port == TLS_PORT else "starttls"
        return self.security

    @property
    def place(self) -> str:
        """The server, for people."""
        return f"{self.host}:{self.port}"


def bare_address(text: str) -> str:
    """The address in `Name <somebody@example.com>`; empty where there is none that could be used."""
    address = parseaddr(text)[1]
    return address if _ADDRESS.fullmatch(address) else ""
