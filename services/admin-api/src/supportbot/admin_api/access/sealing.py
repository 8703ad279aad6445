"""Secrets of operators as they are stored: whoever has the table, or a backup of it, cannot make anybody's codes.

AES-256-GCM under a key that is derived from JWT_SECRET_KEY, bound to the account: 12 bytes of nonce, the 20 bytes of
the secret and 16 of the tag are 64 letters, as many as the column has. With another key codes have to be set up anew.
"""

import base64
import binascii
import hmac
import os
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from uuid import UUID

from supportbot.common.telemetry.logging import logger

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_LETTERS: Final = 64
_NONCE: Final = 12
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals and opens secrets in base32, as apps take them."""

    key: str
    """Signs sessions too, so it is the same in every process; nothing that it signs tells what is derived from it."""

    def sealed(self, secret: str, operator_id: UUID) -> str:
        """What is stored."""
        nonce = os.urandom(_NONCE)
        body = self._cipher().encrypt(nonce, base64.b32decode(secret), operator_id.bytes)
        return base64.urlsafe_b64encode(nonce + body).decode()

    def opened(self, stored: str, operator_id: UUID) -> str | None:
        """The secret; None where it was sealed under another key. One from before they were sealed is itself."""
        from cryptography.exceptions import InvalidTag

        if len(stored) != _LETTERS:
            return stored
        try:
            raw = base64.urlsafe_b64decode(stored)
            secret = self._cipher().decrypt(raw[:_NONCE], raw[_NONCE:], operator_id.bytes)
        except (InvalidTag, binascii.Error):
            _log.error(
                "An operator's codes cannot be checked: JWT_SECRET_KEY is another than when they were turned on. "
                "`supportbot operators reset-password` turns them off",
                operator=str(operator_id),
            )
            return None
        return base64.b32encode(secret).decode()

    def _cipher(self) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(hmac.new(self.key.encode(), b"codes of operators", sha256).digest())
