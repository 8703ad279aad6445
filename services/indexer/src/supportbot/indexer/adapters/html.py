"""Web pages: what their markup calls the content is read whole; where it says nothing, trafilatura finds it."""

import re
from typing import Any, Final

from supportbot.common.telemetry.logging import logger
from supportbot.indexer.adapters.encodings import decode
from supportbot.indexer.adapters.html_blocks import BlockReader
from supportbot.indexer.adapters.html_survey import Survey, Surveyor
from supportbot.indexer.domain.outline import Outline
from supportbot.indexer.domain.parsed import ParsedDocument, Section
from supportbot.indexer.domain.titles import title_from_path

_CHARSET: Final = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,40})|encoding=[\"']([\w-]{2,40})", re.IGNORECASE
)
_DECLARATION: Final = re.compile(r"\s*<\?xml[^>]*>")
_SITE_NAME: Final = re.compile(r"\s+[|—–·»-]\s+[^|—–·»]{1,60}\Z")
_HEAD: Final = 4_096
_ENOUGH: Final = 0.6
"""Share of the text outside of links that trafilatura has to return to be believed."""
_log = logger(__name__)


def read_html(path: str, content: bytes) -> ParsedDocument:
    """A web page as sections. Its title: the first heading, else what the page is called, else its file name."""
    declared = _CHARSET.search(content[:_HEAD])
    decoded = decode(content, (declared[1] or declared[2]).decode("ascii", "replace") if declared else "")
    declaration = _DECLARATION.match(decoded.text)
    page = decoded.text[declaration.end() :] if declaration else decoded.text
    survey: Survey = _parse(page, Surveyor())
    title, sections = _content(page, survey)
    warnings = (decoded.warning,) if decoded.warning else ()
    named = title or survey.named or _SITE_NAME.sub("", " ".join(survey.title.split())) or title_from_path(path)
    return ParsedDocument(named, sections, survey.address, warnings)


def read_page(path: str, page: str, *, title: str = "", warnings: tuple[str, ...] = ()) -> ParsedDocument:
    """A page that was made of a document of another format. Its first heading is its title if no other is like it."""
    survey: Survey = _parse(page, Surveyor())
    outline = Outline(title if title or survey.seen.get("h1") == 1 else title_from_path(path))
    _parse(page, BlockReader(survey, outline, "", guess_headers=True))
    return ParsedDocument(outline.title or title_from_path(path), outline.finish(), warnings=warnings)


def _content(page: str, survey: Survey) -> tuple[str, tuple[Section, ...]]:
    outline = _read(page, survey, survey.scope)
    sections = outline.finish()
    if not survey.scope and survey.is_full_of_links:
        extracted = _extract(page)
        second: Survey = _parse(extracted, Surveyor()) if extracted else Survey()
        if second.linked + second.unlinked >= _ENOUGH * survey.unlinked:
            inner = _read(extracted, second, "")
            return inner.title or outline.title, inner.finish()
    return outline.title, sections


def _read(page: str, survey: Survey, scope: str) -> Outline:
    outline = Outline()
    _parse(page, BlockReader(survey, outline, scope))
    return outline


def _extract(page: str) -> str:
    """The page without menus and other things around its content; empty where that fails."""
    from trafilatura import extract

    try:
        return (
            extract(page, output_format="html", favor_recall=True, include_comments=False, include_formatting=True)
            or ""
        )
    except Exception as error:  # a page that it cannot read is read without it
        _log.warning("A page's main part could not be told from its menus", error=type(error).__name__)
        return ""


def _parse(page: str, target: Any) -> Any:
    """Send a page through the parser; deep nesting costs nothing, as no tree is built."""
    from lxml import etree  # type: ignore[import-untyped]  # it ships no types

    parser = etree.HTMLParser(target=target, huge_tree=True, remove_comments=True)
    return etree.fromstring(page, parser)
