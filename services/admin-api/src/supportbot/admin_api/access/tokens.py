"""Signed tokens: of a session for some hours, of a sign-in that still needs its code, and against forged forms."""

import hmac
import secrets
import time
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Literal
from uuid import UUID

Purpose = Literal["session", "code", "vouched_code"]
_ISSUER: Final = "supportbot"
_ALGORITHM: Final = "HS256"
_CODE_WITHIN_S: Final = 300
_LONGEST: Final = 2048
_REFRESH: Final = "sbr_"


@dataclass(frozen=True, slots=True)
class Claims:
    """Whom a token speaks of. What they may do is not in it: that is looked up at every request."""

    operator_id: UUID
    subject_id: UUID
    """The session; of a sign-in that needs its code, the token itself."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Makes and reads tokens with one key, the same in every process."""

    key: str
    lifetime_s: int

    def session(self, operator_id: UUID, session_id: UUID) -> str:
        """Lets an operator in for a while, as long as the session lasts."""
        return self._signed("session", operator_id, session_id, self.lifetime_s)

    def awaiting_code(self, operator_id: UUID, nonce: UUID, *, is_vouched_for: bool = False) -> str:
        """Says that the password was right, or that a provider vouched for them; good for nothing but a code."""
        return self._signed("vouched_code" if is_vouched_for else "code", operator_id, nonce, _CODE_WITHIN_S)

    def read(self, token: str, purpose: Purpose = "session") -> Claims | None:
        """What a token says, if it is ours, of this purpose and not too old."""
        if len(token) > _LONGEST:
            return None
        import jwt

        required = ["exp", "iat", "iss", "aud", "sub", "sid"]
        try:
            claims = jwt.decode(
                token,
                self.key,
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                audience=purpose,
                options={"require": required},
            )
            return Claims(UUID(claims["sub"]), UUID(claims["sid"]))
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
            return None

    def against_forgery(self, session_id: UUID) -> str:
        """What a page of this session has to send with a change; no other site can know it."""
        return hmac.new(self.key.encode(), b"form:" + session_id.bytes, sha256).hexdigest()

    def _signed(self, purpose: Purpose, operator_id: UUID, subject_id: UUID, within_s: int) -> str:
        import jwt

        moment = int(time.time())
        claims: dict[str, Any] = {
            "iss": _ISSUER,
            "aud": purpose,
            "sub": str(operator_id),
            "sid": str(subject_id),
            "iat": moment,
            "exp": moment + within_s,
        }
        return jwt.encode(claims, self.key, algorithm=_ALGORITHM)


def new_refresh_token() -> str:
    """32 random bytes; only their hash is stored."""
    return _REFRESH + secrets.token_urlsafe(32)
