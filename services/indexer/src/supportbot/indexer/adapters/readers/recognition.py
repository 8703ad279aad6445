"""Pages that are pictures: found by PDFium, drawn one at a time, and read by the system's own tesseract."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from supportbot.indexer.domain.refusals import refusal

MOST_PICTURES: Final = 100
_WANTED: Final = ("rus", "eng")
_DOTS_PER_INCH: Final = 200
_POINTS: Final = 72
_LARGEST_SIDE: Final = 3_500
"""Dots: a page that is drawn larger costs memory and is read no better."""
_PAGE_S: Final = 40.0
_HYPHENATED: Final = re.compile(r"(?<=[a-zа-яё])-\n(?=[a-zа-яё])")
_PICTURE: Final = 3
"""PDFium's number for objects that are pictures."""


@dataclass(frozen=True, slots=True)
class Pages:
    """What a look at a PDF showed before it is read."""

    total: int
    with_pictures: tuple[int, ...]


@cache
def languages() -> str:
    """Which of our languages tesseract knows here, as it wants them named; empty where it is not installed."""
    program = shutil.which("tesseract")
    if program is None:
        return ""
    asked = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    known = asked.stdout.split()
    return "+".join(language for language in _WANTED if language in known)


def survey(content: bytes, most: int) -> Pages:
    """How many pages there are, and which have pictures.

    Raises:
        UnreadableDocumentError: it cannot be opened, or has more than `most` pages.
    """
    with opened(content) as document:
        total = len(document)
        if total > most:
            raise refusal("too_many_pages", pages=total, limit=most)
        return Pages(total, tuple(number + 1 for number in range(total) if _has_picture(document, number)))


def texts(content: bytes, pages: Sequence[int]) -> Iterator[tuple[int, str]]:
    """The text of pages, one after the other."""
    with opened(content) as document:
        for number in pages:
            yield number, _read(_drawn(document, number - 1))


@contextmanager
def opened(content: bytes) -> Iterator[Any]:
    """A document of PDFium.

    Raises:
        UnreadableDocumentError: it is damaged, or protected by a password.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        protected = "password" in str(error).lower() or "security" in str(error).lower()
        raise (refusal("encrypted_pdf") if protected else refusal("damaged", kind="pdf")) from error
    try:
        yield document
    finally:
        document.close()


def _has_picture(document: Any, number: int) -> bool:
    import pypdfium2

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return False  # a page that is not there in a damaged file; the others are read
    try:
        return any(True for _ in page.get_objects(filter=[_PICTURE], max_depth=3))
    finally:
        page.close()


def _drawn(document: Any, number: int) -> bytes:
    """A page as a grey picture in the plainest of formats."""
    page = document[number]
    try:
        scale = min(_DOTS_PER_INCH / _POINTS, _LARGEST_SIDE / max(1.0, *page.get_size()))
        bitmap = page.render(scale=scale, grayscale=True)
        rows = memoryview(bitmap.buffer)
        lines = (rows[bitmap.stride * y : bitmap.stride * y + bitmap.width] for y in range(bitmap.height))
        return b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + b"".join(lines)
    finally:
        page.close()


def _read(picture: bytes) -> str:
    command = ["tesseract", "-", "-", "-l", languages(), "--dpi", str(_DOTS_PER_INCH)]
    try:
        read = subprocess.run(command, input=picture, capture_output=True, timeout=_PAGE_S, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return ""
    text = read.stdout.decode("utf-8", "replace").replace("\f", "")
    return _HYPHENATED.sub("", text)
