"""Who a web visitor is: a random key in a cookie, of which the database sees only the hash."""

import hashlib
import ipaddress
import re
import secrets
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from supportbot.common.web.language import LANGUAGE_COOKIE, YEAR_S, chosen_language, reader_language

VISITOR_COOKIE = "supportbot_visitor"
_SUBSCRIBER_BITS = 64
_KEY = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone in front of the chat page."""

    key: str
    language: str
    is_new: bool

    @property
    def chat(self) -> str:
        """What stands in the database in place of the key: it gives nobody access."""
        return hashlib.sha256(self.key.encode()).hexdigest()


def recognise(request: Request) -> Visitor:
    """The visitor that the cookie names, or a new one with 256 random bits."""
    key = request.cookies.get(VISITOR_COOKIE, "")
    known = _KEY.fullmatch(key) is not None
    return Visitor(key if known else secrets.token_urlsafe(32), reader_language(request), is_new=not known)


def remember(request: Request, response: Response, visitor: Visitor) -> None:
    """Give a new visitor their cookie, and keep a language that was just chosen."""
    secure = request.url.scheme == "https"
    if visitor.is_new:
        response.set_cookie(VISITOR_COOKIE, visitor.key, YEAR_S, httponly=True, samesite="lax", secure=secure)
    language = chosen_language(request)
    if language is not None:
        response.set_cookie(LANGUAGE_COOKIE, language, YEAR_S, httponly=True, samesite="lax", secure=secure)


def remote_address(request: Request) -> str:
    """Where the request comes from, for limits by address; empty for this machine, where a proxy may stand for all.

    Of IPv6 it is the network: one subscriber has more addresses than can be counted.
    """
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    if address.is_loopback:
        return ""
    if address.version == 4:  # noqa: PLR2004  # IP's own number
        return str(address)
    return str(ipaddress.ip_network((int(address), _SUBSCRIBER_BITS), strict=False))
