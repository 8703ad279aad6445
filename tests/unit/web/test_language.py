"""The language follows the choice, then the browser, then English."""

import pytest
from starlette.requests import Request

from supportbot.common.web.language import reader_language


def language(header: str = "", query: str = "", cookie: str = "") -> str:
    headers = [(b"accept-language", header.encode("latin-1")), (b"cookie", cookie.encode())]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "query_string": query.encode()}
    return reader_language(Request(scope))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("ru", "ru"),
        ("RU-ru,en;q=0.8", "ru"),
        ("en;q=0.3, ru;q=0.7", "ru"),
        ("de-DE,de;q=0.9,ru;q=0.2", "ru"),
        ("fr", "en"),
        ("ru;q=x", "en"),
        ("ru;q=0", "en"),
        (",;,;q=", "en"),
        ("xx," * 5000, "en"),
    ],
)
def test_the_browsers_wish_is_followed_where_it_can_be(header: str, expected: str) -> None:
    assert language(header) == expected


def test_a_choice_outweighs_the_browser() -> None:
    assert language("ru", query="lang=en") == "en"
    assert language("ru", cookie="supportbot_language=en") == "en"
    assert language("ru", query="lang=xx", cookie="supportbot_language=xx") == "ru"
