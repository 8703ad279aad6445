"""Passwords: what one must be, and Argon2id, which makes guessing them from the table expensive."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Final

from supportbot.common.errors import SupportbotError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST: Final = 12
LONGEST: Final = 256
_DISTINCT: Final = 5
_MADE_BYTES: Final = 15
_MEMORY_KIB: Final = 19 * 1024
_ROUNDS: Final = 2
_AT_ONCE: Final = 2
"""Hashing takes 19 MiB and some 30 ms of a core each; whoever asks for more waits."""


class WeakPasswordError(SupportbotError):
    """A password that is too easily guessed, or too long to be one."""

    def __init__(self) -> None:
        super().__init__(f"A password has {SHORTEST} to {LONGEST} characters, not all alike, and is not the login")


def check_strength(password: str, login: str) -> None:
    """Raises WeakPasswordError."""
    simple = len(set(password)) < _DISTINCT or (
        login and login.lower() in password.lower() and len(password) < 2 * len(login)
    )
    if not SHORTEST <= len(password) <= LONGEST or simple:
        raise WeakPasswordError


def made_password() -> str:
    """A random one, to be handed over and changed."""
    return secrets.token_urlsafe(_MADE_BYTES)


async def hash_password(password: str) -> str:
    """What is stored; it names its own parameters."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), _hash, password)


async def fits(password: str, hashed: str | None) -> bool:
    """Whether it is the password. Without a hash it takes as long, so that nobody learns which accounts exist."""
    if len(password) > LONGEST:
        return False
    right = await asyncio.get_running_loop().run_in_executor(_threads(), _verify, password, hashed)
    return right and hashed is not None


def _hash(password: str) -> str:
    return _hasher().hash(password)


def _verify(password: str, hashed: str | None) -> bool:
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        return _hasher().verify(hashed or _nobodys(), password)
    except (Argon2Error, InvalidHashError):
        return False


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_AT_ONCE, "passwords")


@cache
def _nobodys() -> str:
    return _hasher().hash(secrets.token_urlsafe(_MADE_BYTES))


@cache
def _hasher() -> "PasswordHasher":
    """Argon2id with the least memory that OWASP names for two rounds: a sign-in must fit into a small machine."""
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=_ROUNDS, memory_cost=_MEMORY_KIB, parallelism=1)
