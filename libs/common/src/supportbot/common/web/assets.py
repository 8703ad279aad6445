"""Static files under a URL that changes with their content, so that browsers may keep them for a year."""

import hashlib
import mimetypes
from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter, Response

FOREVER = "public, max-age=31536000, immutable"


class Assets:
    """The files of some folders, read once. One digest for all, so that they can name each other by relative paths."""

    def __init__(self, prefix: str, folders: Sequence[Path]) -> None:
        paths = [path for folder in folders for path in sorted(folder.iterdir()) if path.is_file()]
        self._files = {path.name: path.read_bytes() for path in paths}
        content = b"".join(name.encode() + b"\0" + body for name, body in sorted(self._files.items()))
        self._digest = hashlib.sha256(content).hexdigest()[:12]
        self._prefix = prefix
        self.router = APIRouter(include_in_schema=False)
        self.router.add_api_route(f"{prefix}/{{digest}}/{{name}}", self._serve, methods=["GET"])

    def url(self, name: str) -> str:
        """Where the browser finds the file; raises KeyError for one that is not there."""
        if name not in self._files:
            raise KeyError(name)
        return f"{self._prefix}/{self._digest}/{name}"

    async def _serve(self, digest: str, name: str) -> Response:
        body = self._files.get(name)
        if body is None:
            return Response("Not found", status_code=404, media_type="text/plain")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        # A page from before an update may ask under the old digest: it gets the new file, but must not keep it.
        caching = FOREVER if digest == self._digest else "no-cache"
        headers = {"Cache-Control": caching, "X-Content-Type-Options": "nosniff"}
        return Response(body, media_type=kind, headers=headers)
