"""Addresses of web pages in one spelling, wherever somebody names them."""

from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

LONGEST: Final = 1000
_PORTS: Final = {"http": 80, "https": 443}
_SAFE: Final = "/%:@!$&'()*+,;=~-._"


def canonical_address(address: str) -> str | None:
    """Small letters in the host, no usual port, no fragment, no name or password; None where it is none of the web."""
    try:
        parts = urlsplit(address.strip())
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
        host = host.encode("idna").decode() if not host.isascii() else host
    except ValueError:  # a UnicodeError among them
        return None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not host:
        return None
    shown = f"[{host}]" if ":" in host else host
    place = shown if port in (None, _PORTS[scheme]) else f"{shown}:{port}"
    path = quote(parts.path or "/", safe=_SAFE)
    return urlunsplit((scheme, place, path, quote(parts.query, safe=_SAFE + "?"), ""))
