"""Reading what a form or a script sent, and no more of it than is allowed."""

import json
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from supportbot.common.plain_text import clean_text

__all__ = ["BodyTooLargeError", "clean_text", "read_fields"]


class BodyTooLargeError(Exception):
    """More bytes were sent than the page may send."""


async def read_fields(request: Request, limit: int) -> dict[str, str]:
    """The cleaned text fields of a JSON object or a form; anything unreadable gives no fields.

    Raises:
        BodyTooLargeError: the body has more than `limit` bytes.
    """
    body = await _read(request, limit)
    if request.headers.get("content-type", "").startswith("application/json"):
        return _json_fields(body)
    return await _form_fields(request, body)


async def _read(request: Request, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise BodyTooLargeError
        chunks.append(chunk)
    return b"".join(chunks)


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
