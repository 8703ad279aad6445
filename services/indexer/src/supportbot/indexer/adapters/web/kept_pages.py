"""Fetched pages as files below the documents folder, where they are documents like any other."""

import contextlib
import fcntl
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from supportbot.common.files.kinds import DOCUMENT_ENDINGS
from supportbot.indexer.domain.web_pages import WebPage, WebPageError, file_name

FOLDER: Final = "web"
_NOTES: Final = ".pages.json"
_LOCK: Final = ".lock"
_HTML: Final = ("text/html", "application/xhtml+xml")
_ENDINGS: Final = {"application/pdf": ".pdf", "text/markdown": ".md", "text/plain": ".txt", "text/csv": ".csv"}


@dataclass(frozen=True)
class KeptPage:
    """What is known of a page that was fetched."""

    file: str
    source: str
    etag: str = ""
    modified: str = ""


@dataclass
class Notes:
    """All that is remembered between two looks at the web."""

    sources: dict[str, float] = field(default_factory=dict)
    """When each was looked at last, in seconds since 1970."""
    pages: dict[str, KeptPage] = field(default_factory=dict)


class KeptPages:
    """WebPages, for the process that holds them."""

    def __init__(self, documents: Path) -> None:
        self._folder = documents / FOLDER
        self._notes = Notes()

    @contextmanager
    def held(self) -> Iterator[bool]:
        """See WebPages."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / _LOCK).open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
                return
            self._notes = self._read()
            try:
                yield True
            finally:
                self._remember()

    def looked_at(self) -> Mapping[str, float]:
        """See WebPages."""
        return self._read().sources

    def forget(self, source: str) -> bool:
        """See WebPages."""
        with self.held() as is_ours:
            if is_ours:
                self.finish(source, [])
                del self._notes.sources[source]
            return is_ours

    def known(self, address: str) -> tuple[str, str]:
        """See WebPages; nothing where the file is gone, so that it is fetched whole."""
        page = self._notes.pages.get(address)
        return (page.etag, page.modified) if page and (self._folder / page.file).is_file() else ("", "")

    def keep(self, address: str, page: WebPage | None, source: str) -> str:
        """See WebPages."""
        before = self._notes.pages.get(address)
        if page is None:
            assert before is not None  # only what is known can be unchanged
            return f"{FOLDER}/{before.file}"
        ending = _ending_of(page)
        name = file_name(page.address, ending)
        content = _as_document(page) if ending == ".html" else page.content
        if before is not None and before.file != name:
            self.drop(address)
        if not (self._folder / name).is_file() or (self._folder / name).read_bytes() != content:
            self._write(name, content)
        self._notes.pages[address] = KeptPage(name, source, page.etag, page.modified)
        return f"{FOLDER}/{name}"

    def drop(self, address: str) -> None:
        """See WebPages."""
        page = self._notes.pages.pop(address, None)
        if page is not None:
            (self._folder / page.file).unlink(missing_ok=True)

    def finish(self, source: str, addresses: Sequence[str]) -> None:
        """See WebPages."""
        named = set(addresses)
        for address, page in list(self._notes.pages.items()):
            if page.source == source and address not in named:
                self.drop(address)
        self._notes.sources[source] = time.time()

    def _read(self) -> Notes:
        """What is remembered; nothing where that is damaged, and then all is fetched again."""
        try:
            told = json.loads((self._folder / _NOTES).read_text(encoding="utf-8"))
            pages = {address: KeptPage(**one) for address, one in told["pages"].items()}
            return Notes({address: float(at) for address, at in told["sources"].items()}, pages)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return Notes()

    def _remember(self) -> None:
        notes = {"sources": self._notes.sources, "pages": {a: asdict(page) for a, page in self._notes.pages.items()}}
        self._write(_NOTES, json.dumps(notes, ensure_ascii=False, indent=1).encode())

    def _write(self, name: str, content: bytes) -> None:
        target = self._folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{uuid4().hex}")
        beside.write_bytes(content)
        beside.replace(target)


def _ending_of(page: WebPage) -> str:
    if page.kind in _HTML or not page.kind:
        return ".html"
    path = urlsplit(page.address).path.lower()
    named: Any = next((ending for ending in DOCUMENT_ENDINGS if path.endswith(ending)), None)
    ending = _ENDINGS.get(page.kind) or named
    if ending is None:
        raise WebPageError("web_kind", address=page.address, kind=page.kind)
    return str(ending)


def _as_document(page: WebPage) -> bytes:
    """The page with its address first, whatever it says of itself; in UTF-8 where the server names its encoding."""
    content = page.content
    with contextlib.suppress(LookupError, UnicodeDecodeError):
        content = content.decode(page.charset).encode() if page.charset else content
    address = page.address.replace("&", "&amp;").replace('"', "&quot;")
    return f'<link rel="canonical" href="{address}">\n'.encode() + content
