"""Who is asking: one of our own pages, and a browser on this very machine."""

import ipaddress
from urllib.parse import urlsplit

from starlette.requests import Request

_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_FORWARDING = frozenset(
    {
        "forwarded",
        "via",
        "x-real-ip",
        "x-client-ip",
        "x-cluster-client-ip",
        "true-client-ip",
        "cf-connecting-ip",
        "cf-ray",
    }
)


def from_own_page(request: Request) -> bool:
    """Whether a change was asked for by a page of this origin, and not by another site in the visitor's browser.

    A browser's own word (`Sec-Fetch-Site`) counts first; `Origin` is compared with `Host` where it is silent. Programs
    send neither, and have no visitor's cookie that could be abused.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()


def is_local_viewer(request: Request) -> bool:
    """Whether the request comes straight from this machine.

    Three things must hold: the peer's address is loopback, the address in the browser's bar is one that only this
    machine can mean (another site's name could be made to point here), and no proxy has passed the request on.
    """
    return _is_loopback(request) and _has_local_name(request) and not _was_forwarded(request)


def _is_loopback(request: Request) -> bool:
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _has_local_name(request: Request) -> bool:
    hosts = request.headers.getlist("host")
    if len(hosts) != 1:
        return False
    name, colon, port = hosts[0].rpartition(":")
    host = hosts[0] if not colon or port.endswith("]") else name
    return host.lower() in _LOCAL_NAMES and (host == hosts[0] or port.isdecimal())


def _was_forwarded(request: Request) -> bool:
    return any(name in _FORWARDING or name.startswith("x-forwarded") for name in request.headers)
