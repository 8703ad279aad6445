"""Where visitors are counted by their address, and when there is no room for another stream."""

from typing import cast

import pytest
from starlette.requests import Request

from supportbot.common.web.doorbell import Doorbell
from supportbot.gateway.entrypoints.open_pages import OpenPages
from supportbot.gateway.entrypoints.web_events import StreamLimits, WebEvents
from supportbot.gateway.entrypoints.web_pages import WebPages
from supportbot.gateway.entrypoints.web_visitor import Visitor, remote_address
from supportbot.gateway.use_cases.hear_drafts import LiveDrafts
from supportbot.gateway.web_ports import WebConversations

ANN, BOB = (Visitor(name, "en", is_new=False) for name in ("ann", "bob"))
HERE, THERE = "203.0.113.7", "203.0.113.8"


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("::ffff:127.0.0.1", ""),
        ("a socket", ""),
        (None, ""),
    ],
)
def test_an_address_is_a_subscribers_and_this_machine_has_none(peer: str | None, address: str) -> None:
    client = None if peer is None else (peer, 1)
    assert remote_address(Request({"type": "http", "headers": [], "client": client})) == address


def events(limits: StreamLimits) -> WebEvents:
    bell = Doorbell()
    conversations = cast(WebConversations, None)
    return WebEvents(conversations, cast(WebPages, None), bell, OpenPages(conversations, bell), limits, LiveDrafts())


def refused(made: WebEvents, visitor: Visitor, address: str) -> int | None:
    refusal = made.refusal(visitor, address)
    return None if refusal is None else refusal.status_code


def test_an_address_has_so_many_streams_and_gets_them_back() -> None:
    made = events(StreamLimits(per_address=1))
    with made.open_pages.opened(ANN.chat, HERE):
        assert refused(made, BOB, HERE) == 429
        assert refused(made, BOB, THERE) is None
    assert refused(made, BOB, HERE) is None


def test_this_machine_has_no_limit_of_its_own_but_shares_that_of_the_process() -> None:
    made = events(StreamLimits(per_address=1, in_all=2))
    with made.open_pages.opened(ANN.chat, ""):
        assert refused(made, BOB, "") is None
        with made.open_pages.opened(ANN.chat, HERE):
            assert refused(made, BOB, "") == 503
    assert made.open_pages.total == 0
