"""The provider's keys: real ones, of two kinds, that can be replaced."""

import base64
import hashlib
import hmac
import json
from functools import cache
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeyParameters, RSAKey

ALGORITHMS = ("RS256", "ES256")


class Keys:
    """Signs with the newest key of an algorithm, and publishes all that are not withdrawn."""

    def __init__(self) -> None:
        self._made = 0
        self._of: dict[str, Key] = {}
        for algorithm in ALGORITHMS:
            self.rotate(algorithm)

    def rotate(self, algorithm: str) -> None:
        """A new key in place of the old one, which is published no more."""
        self._made += 1
        self._of[algorithm] = _made(algorithm, self._made)

    def published(self) -> list[dict[str, Any]]:
        """As JSON Web Keys, with one of a kind that nobody knows."""
        strange = {"kty": "strange", "kid": "strange", "use": "sig"}
        return [strange, *(dict(key.as_dict(private=False)) for key in self._of.values())]

    def signed(self, claims: dict[str, Any], algorithm: str, header: dict[str, Any] | None = None) -> str:
        """An ID token."""
        key = self._of[algorithm]
        return jwt.encode({"alg": algorithm, "kid": key.kid, **(header or {})}, claims, key, algorithms=[algorithm])

    def public_text(self, algorithm: str) -> bytes:
        """A public key as text, as whoever confuses it with a shared secret would use it."""
        key = self._of[algorithm]
        assert isinstance(key, RSAKey | ECKey)
        return key.as_pem(private=False)


@cache
def _made(algorithm: str, number: int) -> Key:
    """Real ones are slow to make, so every provider of a test run has the same."""
    about: KeyParameters = {"use": "sig", "alg": algorithm, "kid": f"key-{number}"}
    return RSAKey.generate_key(2048, about) if algorithm == "RS256" else ECKey.generate_key("P-256", about)


def unsigned(claims: dict[str, Any]) -> str:
    """What `alg: none` looks like."""
    return _joined({"alg": "none", "typ": "JWT"}, claims) + "."


def with_secret(claims: dict[str, Any], secret: bytes) -> str:
    """HS256 with whatever somebody takes for the secret; libraries refuse to sign with a public key."""
    joined = _joined({"alg": "HS256", "kid": "key-1"}, claims)
    return f"{joined}.{_encoded(hmac.digest(secret, joined.encode(), 'sha256'))}"


def _joined(*parts: dict[str, Any]) -> str:
    return ".".join(_encoded(json.dumps(part).encode()) for part in parts)


def challenge_of(verifier: str) -> str:
    """RFC 7636, S256."""
    return _encoded(hashlib.sha256(verifier.encode("ascii")).digest())


def half_hash(text: str) -> str:
    """`at_hash`, for algorithms of 256 bits."""
    return _encoded(hashlib.sha256(text.encode()).digest()[:16])


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
