"""Who is asking: one of our own pages, and a browser on this very machine."""

import ipaddress
import re
from urllib.parse import urlsplit

from starlette.requests import Request

_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_FORWARDING = re.compile(
    r"forwarded|client-ip|real-ip|connecting-ip|remote-(ip|addr)|external-address|proxyuser-ip"
    r"|^(via|cdn-loop|cf-ray|x-envoy-.*|x-original-.*)$"
)
"""Names of headers that proxies add, wherever in the name their mark stands."""


def from_own_page(request: Request) -> bool:
    """Whether a change was asked for by a page of this origin, and not by another site in the visitor's browser.

    A browser's own word (`Sec-Fetch-Site`) counts first; `Origin` is compared with `Host` where it is silent. Programs
    send neither, and have no visitor's cookie that could be abused.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is None or _host(origin).lower() == request.headers.get("host", "").lower()


def is_local_viewer(request: Request) -> bool:
    """Whether the request comes straight from this machine.

    Four things must hold: the peer's address is loopback, the address in the browser's bar is one that only this
    machine can mean (another site's name could be made to point here), the page that sent the browser here is not
    from elsewhere, and no proxy has passed the request on.
    """
    return (
        _is_loopback(request)
        and _has_local_name(request)
        and _has_local_sender(request)
        and not _was_forwarded(request)
    )


def _is_loopback(request: Request) -> bool:
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _has_local_name(request: Request) -> bool:
    hosts = request.headers.getlist("host")
    return len(hosts) == 1 and _is_local_name(hosts[0])


def _has_local_sender(request: Request) -> bool:
    senders = [*request.headers.getlist("origin"), *filter(None, request.headers.getlist("referer"))]
    return all(_is_local_name(_host(sender)) for sender in senders)


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def _is_local_name(given: str) -> bool:
    name, colon, port = given.rpartition(":")
    host = given if not colon or port.endswith("]") else name
    return host.lower() in _LOCAL_NAMES and (host == given or port.isdecimal())


def _was_forwarded(request: Request) -> bool:
    return any(_FORWARDING.search(name) for name in request.headers)
