"""Reading what a form or a script sent, and no more of it than is allowed."""

import json
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from supportbot.common.errors import SupportbotError
from supportbot.common.plain_text import clean_text

__all__ = ["BodyTooLargeError", "clean_text", "declared_bytes", "read_body", "read_fields"]


class BodyTooLargeError(SupportbotError):
    """More bytes were sent than may be sent there."""


async def read_fields(request: Request, limit: int) -> dict[str, str]:
    """The cleaned text fields of a JSON object or a form; anything unreadable gives no fields.

    Raises:
        BodyTooLargeError: the body has more than `limit` bytes.
    """
    body = await read_body(request, limit)
    if request.headers.get("content-type", "").startswith("application/json"):
        return _json_fields(body)
    return await _form_fields(request, body)


def declared_bytes(request: Request) -> int:
    """How long the body says that it is; 0 where it does not say so."""
    length = request.headers.get("content-length", "")
    return int(length[:20]) if length.isascii() and length.isdecimal() else 0


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body.

    Raises:
        BodyTooLargeError: it has more than `limit` bytes, or says so.
    """
    if declared_bytes(request) > limit:
        raise BodyTooLargeError("The body is too large")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BodyTooLargeError("The body is too large")
    return bytes(body)


def _json_fields(body: bytes) -> dict[str, str]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return _texts(data) if isinstance(data, dict) else {}


async def _form_fields(request: Request, body: bytes) -> dict[str, str]:
    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    try:
        async with Request(request.scope, replay).form(max_files=0, max_fields=20, max_part_size=len(body) + 1) as form:
            return _texts(dict(form))
    except HTTPException:
        return {}


def _texts(data: Mapping[str, object]) -> dict[str, str]:
    return {name: clean_text(str(value)) for name, value in data.items() if isinstance(value, str | int)}
