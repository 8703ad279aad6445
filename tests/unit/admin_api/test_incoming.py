"""Forms as they arrive: in pieces of any size, broken off, with no file or two, or with an endless head."""

from collections.abc import Mapping, Sequence

import pytest
from starlette.requests import Request
from starlette.types import Message

from supportbot.admin_api.documents.incoming import (
    FormBody,
    MalformedBodyError,
    NotOneFileError,
    RawBody,
    incoming,
)
from supportbot.common.web.body import BodyTooLargeError

LIMIT = 100_000
FORM = {"content-type": "multipart/form-data; boundary=XX"}
FIELD = b'--XX\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n'
FILE = b'--XX\r\nContent-Disposition: form-data; name="file"; filename="a.md"\r\nContent-Type: text/plain\r\n\r\n'
CONTENT = bytes(range(256)) * 20 + b"\r\n--XY\r\n--X"
END = b"\r\n--XX--\r\n"


def request(pieces: Sequence[bytes], headers: Mapping[str, str] = FORM) -> Request:
    left = list(pieces)

    async def receive() -> Message:
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": raw, "query_string": b""}, receive)


def sliced(body: bytes, size: int) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


async def taken(body: bytes, size: int = 1000) -> tuple[str, bytes]:
    form = incoming(request(sliced(body, size)), LIMIT)
    await form.begin()
    return form.name, b"".join([piece async for piece in form.content()])


@pytest.mark.parametrize("size", [1, 7, 1000, 100_000])
async def test_a_file_comes_out_of_a_form_however_it_was_cut(size: int) -> None:
    assert await taken(FIELD + FILE + CONTENT + END, size) == ("a.md", CONTENT)
    assert await taken(FILE + CONTENT + b"\r\n" + FIELD[:-2] + END, size) == ("a.md", CONTENT)


async def test_names_in_other_alphabets_are_read() -> None:
    plain = FILE.replace(b"a.md", "Возврат.md".encode())
    assert (await taken(plain + CONTENT + END))[0] == "Возврат.md"
    wrong = FILE.replace(b"a.md", "Возврат.md".encode("cp1251"))
    assert not (await taken(wrong + CONTENT + END))[0].isprintable()  # no UTF-8: refused as a name


async def test_the_name_is_known_before_the_content_was_read() -> None:
    pieces = [FILE, CONTENT, END]
    asked = request(pieces)
    form = incoming(asked, LIMIT)
    await form.begin()
    assert isinstance(form, FormBody)
    assert form.name == "a.md"
    assert [piece async for piece in form.content()]


@pytest.mark.parametrize("body", [FIELD[:-2] + END, b"--XX--\r\n", FILE + b"a" + b"\r\n" + FILE + b"b" + END])
async def test_no_file_or_two_are_refused(body: bytes) -> None:
    with pytest.raises(NotOneFileError):
        await taken(body)


async def test_an_empty_body_holds_no_file() -> None:
    with pytest.raises(NotOneFileError):
        await incoming(request([b""]), LIMIT).begin()


@pytest.mark.parametrize("body", [FILE + CONTENT, FILE + CONTENT + b"\r\n--XX", FILE + CONTENT + b"\r\n--XX-"])
async def test_a_form_that_breaks_off_is_no_document(body: bytes) -> None:
    with pytest.raises(MalformedBodyError):
        await taken(body)


@pytest.mark.parametrize(
    "body",
    [
        b"no form at all",
        FILE.replace(b"Content-Type: text/plain", b"Content-Type" + b"x" * 9000 + b": a") + CONTENT + END,
        FILE.replace(b"Content-Type: text/plain\r\n", b"X: y\r\n" * 500) + CONTENT + END,
        FILE.replace(b"Content-Type: text/plain", b"\0bad header") + CONTENT + END,
    ],
)
async def test_what_is_no_form_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedBodyError):
        await taken(body)


async def test_an_endless_field_beside_the_file_is_cut_off() -> None:
    with pytest.raises(BodyTooLargeError):
        await taken(FIELD[:-2] + b"x" * 400_000 + b"\r\n" + FILE + CONTENT + END, 10_000)


def test_a_length_beyond_the_limit_is_refused_before_anything_is_read() -> None:
    with pytest.raises(BodyTooLargeError):
        incoming(request([], {**FORM, "content-length": "9" * 30}), LIMIT)
    with pytest.raises(BodyTooLargeError):
        incoming(request([], {"content-length": "1000000"}), LIMIT)


def test_a_form_without_a_boundary_is_refused() -> None:
    with pytest.raises(MalformedBodyError):
        incoming(request([], {"content-type": "multipart/form-data"}), LIMIT)


async def test_any_other_body_is_the_document() -> None:
    body = incoming(request([b"# A", b"\n\nText"], {"content-type": "text/markdown"}), LIMIT)
    assert isinstance(body, RawBody)
    await body.begin()
    assert b"".join([piece async for piece in body.content()]) == b"# A\n\nText"
