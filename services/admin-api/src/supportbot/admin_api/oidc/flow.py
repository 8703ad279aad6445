"""What a browser keeps while its owner is at the provider: sealed, so that only we can read or make it."""

import hmac
import secrets
import time
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from joserfc.jwk import OctKey

WITHIN_S: Final = 600
"""How long somebody may take at the provider."""
_HEADER: Final = {"alg": "dir", "enc": "A256GCM"}
_LONGEST: Final = 4096


@dataclass(frozen=True, slots=True)
class Flow:
    """One sign-in under way. Who brings another `state` did not begin it in this browser."""

    state: str
    nonce: str
    verifier: str
    """Proves to the provider that who redeems the code is who asked for it (RFC 7636)."""
    after: str
    """The page to go on to."""
    links: str = ""
    """The operator, known by session and password, who wants to be able to sign in so; empty: somebody signs in."""


def new_flow(after: str, links: str = "") -> Flow:
    """With three secrets of 256 bits."""
    return Flow(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(32), after, links)


@dataclass(frozen=True, slots=True)
class FlowSeal:
    """Seals flows into text for a cookie, with a key that is derived from `JWT_SECRET_KEY`."""

    key: str

    def sealed(self, flow: Flow) -> str:
        """Good for WITHIN_S."""
        from joserfc import jwt
        from joserfc.jwe import JWERegistry

        claims = {**asdict(flow), "exp": int(time.time()) + WITHIN_S}
        return jwt.encode(dict(_HEADER), claims, self._key(), registry=JWERegistry(algorithms=list(_HEADER.values())))

    def opened(self, sealed: str) -> Flow | None:
        """None where it is not ours, or too old."""
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwe import JWERegistry

        if not 0 < len(sealed) <= _LONGEST:
            return None
        try:
            claims = jwt.decode(sealed, self._key(), registry=JWERegistry(algorithms=list(_HEADER.values()))).claims
        except (JoseError, ValueError):
            return None
        if claims.pop("exp") < time.time():
            return None
        return Flow(**claims)

    def _key(self) -> "OctKey":
        from joserfc.jwk import OctKey

        return OctKey.import_key(hmac.new(self.key.encode(), b"sign-ins under way", sha256).digest())
