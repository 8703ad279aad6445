"""Whatever a browser or a program sends: fields of text that can be stored, an upload as it was, or a refusal."""

import asyncio
import json

from hypothesis import example, given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message, Scope

from supportbot.admin_api.documents.incoming import (
    MalformedBodyError,
    NotOneFileError,
    incoming,
)
from supportbot.admin_api.documents.names import LONGEST, InvalidNameError, UnknownKindError, checked_name
from supportbot.common.plain_text import clean_text
from supportbot.common.web.body import BodyTooLargeError, read_fields
from supportbot.common.web.body import BodyTooLargeError as FieldsTooLargeError
from supportbot.common.web.language import reader_language
from supportbot.common.web.origin import from_own_page, is_local_viewer
from supportbot.gateway.domain.timeline import Standing
from supportbot.gateway.entrypoints.web_events import read_cursor
from supportbot.gateway.entrypoints.web_visitor import recognise, remote_address
from tests.fuzz.examples import TEXTS, fuzzed, json_values

LIMIT = 2000
KINDS = st.sampled_from(
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=X",
        "multipart/form-data; boundary=X; charset=nothing",
        'multipart/form-data; boundary="',
        "text/plain",
        "",
    ]
)
PARTS = st.sampled_from(
    [
        b"--X\r\n",
        b"--X--\r\n",
        b"--X",
        b"\r\n",
        b"\n",
        b"\r\n\r\n",
        b'Content-Disposition: form-data; name="text"\r\n\r\n',
        b'Content-Disposition: form-data; name="file"; filename="a.md"\r\n\r\n',
        b"Content-Disposition: form-data\r\n\r\n",
        b"Content-Type: text/plain; charset=utf-7\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"text=a&text=%ff%00",
        b"&=",
        b"Content-Disposition: form-data; name=\"file\"; filename*=utf-8''%2e%2e%2fa.md\r\n\r\n",
        b"{",
        b'"text": "a\\ud800"}',
    ]
)
FIELDS = json_values(st.sampled_from(["text", "client_id", "seen", "vote"])).map(
    lambda value: json.dumps(value).encode()
)
BODIES = st.lists(PARTS | st.binary(max_size=30), max_size=12).map(b"".join) | FIELDS
HEADERS = st.dictionaries(
    st.sampled_from(["origin", "referer", "host", "cookie", "accept-language", "sec-fetch-site", "forwarded"]),
    st.one_of(
        st.binary(max_size=40), st.sampled_from([b"http://[", b"null", b"localhost:x", b"supportbot_visitor=\xff"])
    ),
    max_size=5,
)


def request_with(body: bytes, kind: str, more: dict[str, bytes] | None = None) -> Request:
    """A request as a server hands it over, its body in pieces of seven bytes."""
    pieces = [body[start : start + 7] for start in range(0, len(body), 7)] or [b""]
    headers = [(b"content-type", kind.encode()), *((name.encode(), value) for name, value in (more or {}).items())]
    scope: Scope = {
        "type": "http", "method": "POST", "path": "/", "query_string": b"", "scheme": "http", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("localhost", 5000), "app": None,
    }  # fmt: skip

    async def receive() -> Message:
        piece = pieces.pop(0) if pieces else b""
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    return Request(scope, receive)


@fuzzed
@given(BODIES, KINDS)
@example(b"{" * 1500, "application/json")
@example(b'{"text": ' + b"9" * 1900 + b"}", "application/json")
@example(b"text=" + b"%F0%9F" * 200, "application/x-www-form-urlencoded")
def test_any_form(body: bytes, kind: str) -> None:
    try:
        fields = asyncio.run(read_fields(request_with(body, kind), LIMIT))
    except FieldsTooLargeError:
        assert len(body) > LIMIT
        return
    for value in fields.values():
        assert clean_text(value) == value
        value.encode()


@fuzzed
@given(BODIES, KINDS)
def test_any_upload(body: bytes, kind: str) -> None:
    async def taken() -> bytes:
        upload = incoming(request_with(body, kind), LIMIT)
        await upload.begin()
        return b"".join([piece async for piece in upload.content()])

    try:
        content = asyncio.run(taken())
    except (MalformedBodyError, NotOneFileError, BodyTooLargeError):
        return
    assert content in body


@fuzzed
@given(TEXTS | st.text(max_size=400), st.sampled_from([".md", ".txt", ".html", ".pdf", ""]))
@example("../../etc/passwd", ".md")
@example("a\0", ".md")
@example("CON", ".md")
@example("\u202egpj", ".md")
def test_any_name_of_a_document(name: str, ending: str) -> None:
    try:
        found = checked_name(name + ending)
    except (InvalidNameError, UnknownKindError):
        return
    assert 0 < len(found) <= LONGEST
    assert found.isprintable()
    assert not {"/", "\\"} & set(found)


@fuzzed
@given(HEADERS)
def test_any_headers(headers: dict[str, bytes]) -> None:
    request = request_with(b"", "", headers)
    visitor = recognise(request)
    assert len(visitor.key) == 43
    assert reader_language(request) in {"en", "ru"}
    remote_address(request)
    is_local_viewer(request)
    if headers.get("sec-fetch-site") not in {None, b"same-origin", b"none"}:
        assert not from_own_page(request)


@fuzzed
@given(TEXTS | st.text("0123456789.-", max_size=30))
def test_any_cursor(given_cursor: str) -> None:
    cursor = read_cursor(given_cursor, Standing(last_seq=5, out_seq=3))
    assert (0 <= cursor.seq <= 5, 0 <= cursor.out_seq <= 3) == (True, True)
