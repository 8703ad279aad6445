"""What requests and answers look like, for the description of the API."""

from typing import Any, Final

PROGRESS: Final[dict[str, Any]] = {
    "stage": "chunked",
    "activity": "indexing",
    "done": 30,
    "total": 120,
    "tries": 1,
    "began_at": "2026-03-02T09:30:01Z",
    "stage_since": "2026-03-02T09:30:02Z",
    "eta_seconds": 1.5,
    "next_try_at": None,
}
DOCUMENT: Final[dict[str, Any]] = {
    "id": "~uploads/prices.pdf",
    "name": "prices.pdf",
    "origin": "upload",
    "state": "indexing",
    "progress": PROGRESS,
    "summary": "Is written to the index: 30 of 120, about 2 seconds left",
    "reason": None,
    "warning": None,
    "serving": True,
    "serving_number": 3,
    "version": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "title": "Price list",
    "language": "en",
    "language_given": None,
    "audience": "public",
    "tags": ["prices"],
    "expires_at": "2027-01-01T00:00:00Z",
    "expired": False,
    "revision": 2,
    "access_applied": True,
    "size": 81234,
    "passages": 118,
    "received_at": "2026-03-02T09:30:00Z",
    "indexed_at": "2026-02-01T12:00:00Z",
    "updated_at": "2026-03-02T09:30:02Z",
}
PAGE: Final[dict[str, Any]] = {"items": [DOCUMENT], "next": None}
CHANGE: Final[dict[str, Any]] = {"audience": "operators", "tags": ["prices", "2027"], "expires_at": None}
CHUNK: Final[dict[str, Any]] = {
    "position": 4,
    "headings": ["Returns", "By post"],
    "text": "Returns are accepted within 14 days of delivery.",
    "language": "en",
    "page": 2,
    "context": None,
}
CHUNKS: Final[dict[str, Any]] = {"items": [CHUNK], "total": 118, "next": 5}
FOUND: Final[dict[str, Any]] = {
    "items": [
        {
            **CHUNK,
            "document": "~uploads/prices.pdf",
            "title": "Price list",
            "audience": "public",
            "expired": False,
            "score": 7.31,
        }
    ],
    "total": 12,
    "passages": 4180,
    "complete": True,
}
VERSIONS: Final[dict[str, Any]] = {
    "items": [
        {
            "number": 3,
            "state": "serving",
            "version": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "title": "Price list",
            "size": 81234,
            "passages": 118,
            "restored": 1,
            "reason": None,
            "received_at": "2026-02-01T11:59:58Z",
            "indexed_at": "2026-02-01T12:00:00Z",
        }
    ]
}
