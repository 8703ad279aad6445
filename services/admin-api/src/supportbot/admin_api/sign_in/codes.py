"""Codes from an authenticator app (RFC 6238): six digits of a shared secret and the half minute."""

import hmac
import time
from typing import Final

_STEP_S: Final = 30
_EARLIER_OR_LATER: Final = 1
"""Phones whose clocks are wrong by half a minute are let in."""
_DIGITS: Final = 6
_LETTERS: Final = 32
_BASE32: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def new_secret() -> str:
    """160 random bits in base32, as apps take them."""
    import pyotp

    return pyotp.random_base32()


def is_secret(text: str) -> bool:
    """Whether it can be one that `new_secret` made."""
    return len(text) == _LETTERS and set(text) <= _BASE32


def link_of(secret: str, login: str, issuer: str) -> str:
    """What an app reads as a link or a QR code."""
    import pyotp

    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)


def picture_of(link: str) -> str:
    """The same as a QR code: SVG that stands in a page, black on white in the dark too, as cameras need it."""
    import segno

    return segno.make(link, error="m").svg_inline(scale=4, border=3, dark="#000", light="#fff", svgclass="qr")


def step_of(secret: str, code: str, moment: float | None = None) -> int | None:
    """The half minute of which this is the code; None where it is of none that counts."""
    import pyotp

    digits = "".join(code.split())
    if len(digits) != _DIGITS or not (digits.isascii() and digits.isdecimal()):
        return None
    totp = pyotp.TOTP(secret)
    now = int((time.time() if moment is None else moment) // _STEP_S)
    around = range(now - _EARLIER_OR_LATER, now + _EARLIER_OR_LATER + 1)
    return next((step for step in around if hmac.compare_digest(totp.generate_otp(step), digits)), None)
