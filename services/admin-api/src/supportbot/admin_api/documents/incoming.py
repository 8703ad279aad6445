"""An upload as it arrives: its name and its content, piece by piece, from a form or as the whole body."""

from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from supportbot.common.errors import SupportbotError
from supportbot.common.web.body import BodyTooLargeError, declared_bytes

AROUND: Final = 64 * 1024
"""Bytes that a form may have beside the file."""


class MalformedBodyError(SupportbotError):
    """A form that is none, or that breaks off."""


class NotOneFileError(SupportbotError):
    """A form with no file or several."""


class RawBody:
    """The body is the file."""

    name = ""
    fields: Mapping[str, str] = {}

    def __init__(self, request: Request) -> None:
        self._request = request

    async def begin(self) -> None:
        """There is nothing before the content."""

    async def content(self) -> AsyncIterator[bytes]:
        """The file."""
        async for piece in self._request.stream():
            yield piece


class FormBody:
    """`multipart/form-data` with one file. `fields` are those before it; what comes after it is passed over."""

    def __init__(self, request: Request, boundary: bytes, limit: int) -> None:
        """`limit`: bytes of the whole body."""
        self.name = ""
        self.fields: dict[str, str] = {}
        self._field, self._text = "", bytearray()
        self._stream = request.stream()
        self._left = limit
        self._pieces: deque[bytes] = deque()
        self._header = bytearray()
        self._value = bytearray()
        self._disposition = b""
        self._files = 0
        self._in_file = False
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begins,
                "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._header_ends,
                "on_headers_finished": self._headers_end,
                "on_part_data": self._data,
                "on_part_end": self._part_ends,
                "on_end": self._end,
            },
        )

    async def begin(self) -> None:
        """Read on until the file begins and `name` is known. Raises what `content` raises."""
        while not self._files and await self._read_on():
            pass
        self._check_files()

    async def content(self) -> AsyncIterator[bytes]:
        """The file; only at its end is it known that the form was whole.

        Raises:
            MalformedBodyError, NotOneFileError, BodyTooLargeError: it cannot be used.
        """
        going_on = True
        while going_on:
            while self._pieces:
                yield self._pieces.popleft()
            going_on = await self._read_on()
            self._check_files()
        if not self._ended:
            raise MalformedBodyError("The form breaks off")

    async def _read_on(self) -> bool:
        try:
            given = await anext(self._stream)
        except StopAsyncIteration:
            return False
        self._left -= len(given)
        if self._left < 0:
            raise BodyTooLargeError("The body is too large")
        try:
            self._parser.write(given)
        except FormParserError as error:
            raise MalformedBodyError("The form cannot be read") from error
        return True

    def _check_files(self) -> None:
        if self._files != 1:
            raise NotOneFileError(f"The form has {self._files} files")

    def _part_begins(self) -> None:
        self._disposition, self._in_file, self._field = b"", False, ""
        self._text.clear()

    def _header_ends(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._disposition)
        filename = options.get(b"filename")
        if filename is not None:
            self._in_file = True
            self._files += 1
            self.name = filename.decode(errors="surrogateescape")  # refused as a name later, where it is no UTF-8
        elif not self._files:
            self._field = options.get(b"name", b"").decode(errors="replace")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._pieces.append(bytes(data[start:end]))
        elif self._field:
            self._text += data[start:end]
            if len(self._text) > AROUND:
                raise BodyTooLargeError("A field is too large")

    def _part_ends(self) -> None:
        if self._field:
            self.fields[self._field] = self._text.decode(errors="replace")

    def _end(self) -> None:
        self._ended = True


def incoming(request: Request, limit: int) -> RawBody | FormBody:
    """The upload of a request; `limit`: bytes of the largest file. Nothing is read yet.

    Raises:
        BodyTooLargeError: its length says so by itself.
        MalformedBodyError: a form without a boundary.
    """
    if declared_bytes(request) > limit + AROUND:
        raise BodyTooLargeError("The body is too large")
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data":
        return RawBody(request)
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise MalformedBodyError("The form names no boundary")
    return FormBody(request, boundary, limit + AROUND)
