"""PDF: headings, lists and paragraphs with the pages on which they stand; pages that are pictures are recognised."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from supportbot.common.files.refusals import warning_text
from supportbot.indexer.adapters.encodings import refuse_known_binary
from supportbot.indexer.adapters.readers import recognition
from supportbot.indexer.adapters.readers.engine import extract, nodes_of
from supportbot.indexer.adapters.readers.lost_lines import with_lost_lines
from supportbot.indexer.adapters.readers.names import page_ranges, sane_title
from supportbot.indexer.adapters.readers.structure import StructureReader, leading_title
from supportbot.indexer.domain.outline import Outline
from supportbot.indexer.domain.parsed import ParsedDocument
from supportbot.indexer.domain.plain_text import parse_plain_text
from supportbot.indexer.domain.refusals import refusal
from supportbot.indexer.domain.titles import title_from_path

MOST_PAGES: Final = 3_000
_MARK: Final = b"%PDF-"
_HEAD: Final = 1_024
_LETTER: Final = re.compile(r"\w")
_FEW_LETTERS: Final = 8


def read_pdf(path: str, content: bytes) -> ParsedDocument:
    """A PDF as sections with pages.

    Raises:
        UnreadableDocumentError: it is damaged, encrypted, too long, or pictures that nothing here can read.
    """
    import kreuzberg

    if _MARK not in content[:_HEAD]:
        refuse_known_binary(content)
        raise refusal("not_that_kind", kind="pdf")
    pages = recognition.survey(content, MOST_PAGES)
    result = extract(content, "application/pdf", "pdf", pages=kreuzberg.PageConfig(extract_pages=True))
    raw = {int(page["page_number"]): str(page["content"]) for page in result.pages or ()}
    pictures = [n for n in pages.with_pictures if len(_LETTER.findall(raw.get(n, ""))) < _FEW_LETTERS]
    recognised, warnings = _recognised(content, pictures, has_text=len(pictures) < pages.total)
    nodes = with_lost_lines(nodes_of(result), raw)
    title = sane_title(dict(result.metadata).get("title")) or leading_title(nodes) or title_from_path(path)
    return ParsedDocument(title, _outline(nodes, recognised, title).finish(), warnings=warnings)


def _recognised(content: bytes, pictures: Sequence[int], *, has_text: bool) -> tuple[dict[int, str], tuple[str, ...]]:
    """The text of pages that are pictures, and what there is to say about them."""
    if not pictures:
        return {}, ()
    if not recognition.languages():
        if has_text:
            return {}, (warning_text("pictures", pages=page_ranges(pictures)),)
        raise refusal("scan")
    first = pictures[: recognition.MOST_PICTURES]
    texts = {page: text for page, text in recognition.texts(content, first) if _LETTER.search(text)}
    if not texts and not has_text:
        raise refusal("unrecognised")
    warnings = [warning_text("recognised", pages=page_ranges(sorted(texts)))] if texts else []
    if len(pictures) > len(first):
        left = page_ranges(pictures[len(first) :])
        warnings.append(warning_text("not_recognised", limit=recognition.MOST_PICTURES, pages=left))
    return texts, tuple(warnings)


def _outline(nodes: Sequence[Mapping[str, Any]], recognised: Mapping[int, str], title: str) -> Outline:
    """Nodes in their order, and each recognised page before the first node of a later one."""
    outline = Outline(title)
    reader = StructureReader(nodes, outline)
    waiting = sorted(recognised.items())
    for node in nodes:
        while waiting and (node.get("page") or 0) > waiting[0][0]:
            reader.finish()
            _add_page(outline, *waiting.pop(0))
        reader.add(node)
    reader.finish()
    for page, text in waiting:
        _add_page(outline, page, text)
    return outline


def _add_page(outline: Outline, page: int, text: str) -> None:
    outline.page = page
    for section in parse_plain_text(text).sections:
        for block in section.blocks:
            outline.add(block.kind, block.parts)
