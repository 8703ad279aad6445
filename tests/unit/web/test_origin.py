"""Who counts as our own page, and as a browser on this machine."""

import pytest
from starlette.requests import Request

from supportbot.common.web.origin import from_own_page, is_local_viewer


def request(*headers: tuple[str, str], peer: str | None = "127.0.0.1") -> Request:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    client = None if peer is None else (peer, 1)
    return Request({"type": "http", "method": "GET", "path": "/", "headers": raw, "client": client})


LOCAL = ("Host", "localhost:5000")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:5000", "[::1]", "[::1]:5000"])
@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1"])
def test_a_browser_on_this_machine_is_local(host: str, peer: str) -> None:
    assert is_local_viewer(request(("Host", host), peer=peer))


@pytest.mark.parametrize(
    "host",
    [
        "inbox.example",
        "localhost.example",
        "127.0.0.1.example:5000",
        "127.0.0.2",
        "localhost:",
        "localhost:5000:1",
        "localhost@evil.example",
        "[::1",
        "::1",
        "",
        "0.0.0.0",
        "2130706433",
    ],
)
def test_a_name_that_others_can_point_here_is_not_local(host: str) -> None:
    assert not is_local_viewer(request(("Host", host)))


@pytest.mark.parametrize("peer", ["10.0.0.1", "203.0.113.7", "2001:db8::1", "localhost", "", None])
def test_a_peer_from_elsewhere_is_not_local(peer: str | None) -> None:
    assert not is_local_viewer(request(LOCAL, peer=peer))


@pytest.mark.parametrize(
    "header",
    [
        "Forwarded",
        "Via",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Forwarded-Prefix",
        "X-Original-Forwarded-For",
        "X-Original-Host",
        "X-Real-IP",
        "X-Client-IP",
        "Fastly-Client-IP",
        "True-Client-IP",
        "CF-Connecting-IP",
        "X-Envoy-External-Address",
        "CDN-Loop",
    ],
)
def test_what_a_proxy_passed_on_is_not_local(header: str) -> None:
    assert not is_local_viewer(request(LOCAL, (header, "")))


@pytest.mark.parametrize("header", ["Origin", "Referer"])
@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:5000", True),
        ("http://127.0.0.1:5000/inbox", True),
        ("http://[::1]:5000/", True),
        ("https://shop.example", False),
        ("http://localhost.example/", False),
        ("http://localhost@shop.example/", False),
        ("http://[::1/", False),
        ("null", False),
    ],
)
def test_whom_another_site_sent_here_is_not_local(header: str, url: str, *, local: bool) -> None:
    assert is_local_viewer(request(LOCAL, (header, url))) is local


def test_a_browser_that_keeps_its_referer_to_itself_is_local() -> None:
    assert is_local_viewer(request(LOCAL, ("Referer", "")))


def test_a_request_with_two_hosts_or_none_is_not_local() -> None:
    assert not is_local_viewer(request(LOCAL, ("Host", "evil.example")))
    assert not is_local_viewer(request())


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ([], True),
        ([("Origin", "http://localhost:5000")], True),
        ([("Origin", "https://LOCALHOST:5000")], True),
        ([("Sec-Fetch-Site", "same-origin")], True),
        ([("Sec-Fetch-Site", "none")], True),
        ([("Origin", "http://localhost:5001")], False),
        ([("Origin", "http://localhost:5000.evil.example")], False),
        ([("Origin", "null")], False),
        ([("Origin", "http://[::1")], False),
        ([("Sec-Fetch-Site", "same-site"), ("Origin", "http://localhost:5000")], False),
        ([("Sec-Fetch-Site", "cross-site")], False),
    ],
)
def test_a_change_must_come_from_a_page_of_ours(headers: list[tuple[str, str]], *, own: bool) -> None:
    assert from_own_page(request(LOCAL, *headers)) is own
