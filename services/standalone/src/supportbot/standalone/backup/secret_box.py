"""Secrets in a backup: readable by whoever knows BACKUP_PASSPHRASE, and by nobody else."""

import base64
import json
import os
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from supportbot.standalone.backup.errors import CannotRestoreError

_SALT: Final = 16
_COST: Final = 2**15
"""32 MB and about a tenth of a second for each guess. Fixed: an archive must not say how long we compute."""


def lock(text: str, passphrase: str) -> bytes:
    """The text, encrypted and authenticated."""
    salt = os.urandom(_SALT)
    return json.dumps({"salt": salt.hex(), "token": _fernet(passphrase, salt).encrypt(text.encode()).decode()}).encode()


def unlock(box: bytes, passphrase: str) -> str:
    """The text again.

    Raises:
        CannotRestoreError: the passphrase is another one, or the box was changed.
    """
    try:
        fields = json.loads(box)
        return _fernet(passphrase, bytes.fromhex(fields["salt"])).decrypt(fields["token"]).decode()
    except (InvalidToken, ValueError, KeyError, TypeError):
        raise CannotRestoreError(
            "BACKUP_PASSPHRASE: does not open the secrets of this backup; set the one with which it was made, "
            "or leave them out with --without-secrets"
        ) from None


def _fernet(passphrase: str, salt: bytes) -> Fernet:
    derived = Scrypt(salt=salt, length=32, n=_COST, r=8, p=1).derive(passphrase.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
