"""What a provider publishes about itself, fetched when it is needed and kept for an hour: its addresses and keys."""

import json
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

KEPT_S: Final = 3600.0
_LONGEST: Final = 512 * 1024
_WITHIN_S: Final = 10.0
_ADDRESSES: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
SIGN_OUT: Final = "end_session_endpoint"
"""What not every provider has (OpenID Connect RP-Initiated Logout 1.0)."""


class Known:
    """Of one issuer. Raises what httpx2 raises, and ValueError where the answer is not what it has to be."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._document: dict[str, Any] | None = None
        self._keys: KeySet | None = None
        self._keep_until = 0.0

    async def document(self) -> dict[str, Any]:
        """Its discovery document."""
        if self._document is None or time.monotonic() >= self._keep_until:
            found = await _fetch(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            _check(found, self._issuer)
            self._document, self._keys = found, None
            self._keep_until = time.monotonic() + KEPT_S
        return self._document

    async def keys(self, *, again: bool = False) -> "KeySet":
        """With which it signs now."""
        if self._keys is None or again:
            self._keys = _readable(await _fetch((await self.document())["jwks_uri"]))
        return self._keys


def _check(document: dict[str, Any], issuer: str) -> None:
    """One of another issuer would lead our secret elsewhere, one without TLS to whoever listens.

    Without a page to sign out on that can be used there is none.
    """
    if document.get("issuer") != issuer:
        raise ValueError("the discovery document names another issuer")
    scheme = issuer.partition("://")[0]
    usable = {name for name in (*_ADDRESSES, SIGN_OUT) if _leads(document.get(name), scheme)}
    for name in _ADDRESSES:
        if name not in usable:
            raise ValueError(f"the discovery document has no {name} that can be used")
    if SIGN_OUT not in usable:
        document.pop(SIGN_OUT, None)


def _leads(address: object, scheme: str) -> bool:
    return str(address).startswith(("https://", f"{scheme}://"))


def _readable(found: dict[str, Any]) -> "KeySet":
    """Keys of a kind that nobody here knows are passed over: others may have use for them."""
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet, import_key

    kept = []
    for key in found["keys"]:
        try:
            if key.get("use", "sig") == "sig" and key.get("kty") != "oct":
                kept.append(import_key(key))
        except (JoseError, ValueError, KeyError):
            continue
    return KeySet(kept)


async def _fetch(url: str) -> dict[str, Any]:
    import httpx2

    async with (
        httpx2.AsyncClient(timeout=_WITHIN_S, follow_redirects=False) as client,
        client.stream("GET", url, headers={"Accept": "application/json"}) as answer,
    ):
        answer.raise_for_status()
        body = b""
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > _LONGEST:
                raise ValueError("the answer is too long")
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError("the answer is not a JSON object")  # noqa: TRY004  # it is the value that is wrong
    return found
