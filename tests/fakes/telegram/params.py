"""A call's arguments, from query, form, multipart or JSON, all reduced to text as the real server does."""

import json
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from tests.fakes.telegram.errors import ApiError, bad_request

MAX_PART = 55 * 1024 * 1024


@dataclass(frozen=True)
class SentFile:
    """A file in a form."""

    name: str
    content: bytes


class Params:
    """Arguments by name, with readers that refuse what the Bot API refuses."""

    def __init__(self, values: dict[str, str], files: dict[str, SentFile] | None = None) -> None:
        self.values = values
        self._files = files or {}

    def file(self, name: str) -> SentFile | None:
        """The file of an argument, which names another part of the form where it says `attach://`."""
        return self._files.get(self.values.get(name, "").removeprefix("attach://"), self._files.get(name))

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name, default)
        if any(0xD800 <= ord(character) <= 0xDFFF for character in value):
            raise bad_request("strings must be encoded in UTF-8")
        return value

    def has(self, name: str) -> bool:
        return self.values.get(name, "") != ""

    def integer(self, name: str, default: int = 0) -> int:
        value = self.values.get(name, "").strip()
        if not value:
            return default
        try:
            return int(value)
        except ValueError:
            raise bad_request(f"invalid {name} specified") from None

    def flag(self, name: str) -> bool:
        return self.values.get(name, "").lower() in {"true", "yes", "1"}

    def parsed(self, name: str, what: str) -> Any:
        """The JSON value of an argument, None where it is absent."""
        value = self.values.get(name, "")
        if not value:
            return None
        try:
            return json.loads(value, parse_constant=_no_constants)
        except (ValueError, RecursionError):
            raise bad_request(f"can't parse {what} JSON object") from None


def _no_constants(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


async def read_params(request: Request) -> Params:
    """Query arguments, then those of the body; the body wins."""
    values = dict(request.query_params.items())
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "application/json":
        values |= _from_json(await request.body())
    elif kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        given, files = await _from_form(request)
        return Params(values | given, files)
    return Params(values)


async def _from_form(request: Request) -> tuple[dict[str, str], dict[str, SentFile]]:
    values: dict[str, str] = {}
    files: dict[str, SentFile] = {}
    try:
        async with request.form(max_part_size=MAX_PART) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    files[name] = SentFile(value.filename or "", await value.read())
                    values.setdefault(name, f"<file {value.filename}>")
                else:
                    values[name] = value
    except MultiPartException as error:
        raise bad_request(f"can't parse request's form: {error.message}") from None
    return values, files


def _from_json(body: bytes) -> dict[str, str]:
    if not body:
        return {}
    try:
        value = json.loads(body, parse_constant=_no_constants)
    except (ValueError, RecursionError):
        raise bad_request("can't parse request's JSON body") from None
    if not isinstance(value, dict):
        raise ApiError(400, "Bad Request: JSON object expected as request's body")
    return {name: _as_text(item) for name, item in value.items() if item is not None}


def _as_text(item: Any) -> str:
    if isinstance(item, bool):
        return "true" if item else "false"
    return item if isinstance(item, str) else json.dumps(item)
