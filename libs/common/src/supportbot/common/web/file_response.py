"""A file that somebody sent, as a browser gets it."""

from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from supportbot.common.attached_files import media_type_of, name_to_save

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""Somebody else made it: it runs nothing, is nothing but what it is sent as, and is never kept."""


def file_response(kind: str, name: str, size: int, content: AsyncIterator[bytes], head: bytes) -> Response:
    """Pictures, which are told by their first bytes, are shown; everything else is saved. `head` begins `content`."""
    media_type = media_type_of(head)
    shown = "inline" if media_type.startswith("image/") else "attachment"
    saved_as = quote(name_to_save(kind, name), safe="")
    headers = {**_HEADERS, "Content-Disposition": f"{shown}; filename*=UTF-8''{saved_as}", "Content-Length": str(size)}
    return StreamingResponse(content, headers=headers, media_type=media_type)
