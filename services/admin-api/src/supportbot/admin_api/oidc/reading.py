"""What an ID token says, if it holds: signed by the provider, for us, for this sign-in, and not too old."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from supportbot.common.errors import SupportbotError

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""With two keys, one of them the provider's alone: neither `none` nor a secret that we share."""
_CLOCKS_DIFFER_S: Final = 60
_LONGEST: Final = 64 * 1024


class RefusedTokenError(SupportbotError):
    """It does not say what it has to."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the provider vouches for."""

    issuer: str
    subject: str
    """Theirs for good at this provider; e-mail addresses are passed on."""
    email: str
    """In small letters; empty where the provider does not vouch for it."""
    name: str
    groups: tuple[str, ...]
    id_token: str = field(default="", repr=False, compare=False)
    """In which all of that stands."""


def vouched_claims(token: Mapping[str, Any], keys: "KeySet", issuer: str, client_id: str, nonce: str) -> dict[str, Any]:
    """The claims of the ID token that came with a token answer (OpenID Connect Core 3.1.3.7).

    Raises:
        JoseError, RefusedTokenError
    """
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt

    text = token.get("id_token")
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise RefusedTokenError("there is no ID token")
    read = jwt.decode(text, keys, algorithms=list(ALGORITHMS))
    options = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "values": [client_id]}}
    for_us = {"client_id": client_id, "nonce": nonce, "access_token": token.get("access_token")}
    claims = CodeIDToken(read.claims, read.header, options, for_us)
    claims.validate(leeway=_CLOCKS_DIFFER_S)
    if not claims["sub"]:
        raise RefusedTokenError("it names nobody")
    return dict(claims)


def person_in(claims: Mapping[str, Any], issuer: str, groups_claim: str) -> Person:
    """Whom claims are about. Some providers write truth as text."""
    email = claims.get("email")
    is_verified = claims.get("email_verified") in (True, "true")
    groups = claims.get(groups_claim)
    named = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
    return Person(
        issuer,
        claims["sub"],
        email.strip().lower() if isinstance(email, str) and is_verified else "",
        str(claims.get("name") or ""),
        tuple(group for group in named if isinstance(group, str)),
    )
