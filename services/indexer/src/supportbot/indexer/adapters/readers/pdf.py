"""PDF: headings, lists, tables and paragraphs with the pages on which they stand; pages of pictures are recognised."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, takewhile
from typing import Any, Final

from supportbot.common.files.refusals import warning_text
from supportbot.indexer.adapters.encodings import refuse_known_binary
from supportbot.indexer.adapters.readers import recognition
from supportbot.indexer.adapters.readers.names import page_ranges, sane_title
from supportbot.indexer.adapters.readers.page_blocks import PageReader, Type, is_one_heading, type_of
from supportbot.indexer.adapters.readers.page_content import Line, PageContent, content_of
from supportbot.indexer.adapters.readers.running_heads import RunningHeads
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
_ADDRESS: Final = re.compile(r"^(?:https?|file)://\S+ \d+/\d+$", re.MULTILINE)
_PRINTED: Final = re.compile(r"(?:https?|file)://\S+ \d+/\d+$|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}, \d{1,2}:\d\d\b")
_LINES_OF_A_TITLE: Final = 3


def read_pdf(path: str, content: bytes) -> ParsedDocument:
    """A PDF as sections with pages.

    Raises:
        UnreadableDocumentError: it is damaged, encrypted, too long, or pictures that nothing here can read.
    """
    if _MARK not in content[:_HEAD]:
        refuse_known_binary(content)
        raise refusal("not_that_kind", kind="pdf")
    looked = recognition.survey(content, MOST_PAGES)
    with recognition.opened(content) as document:
        named = sane_title(document.get_metadata_dict(skip_empty=True).get("Title"))
        pages = _without_heads(list(_contents(document, looked.total)))
    pictures = [page.number for page in pages if page.number in looked.with_pictures and _is_picture(page)]
    recognised, warnings = _recognised(content, pictures, has_text=len(pictures) < looked.total)
    kind = type_of(pages)
    title = named or _leading_title(pages, kind) or title_from_path(path)
    return ParsedDocument(title, _outline(pages, recognised, title, kind).finish(), warnings=warnings)


def _contents(document: Any, total: int) -> Iterator[PageContent]:
    import pypdfium2

    for number in range(total):
        try:
            page = document[number]
        except pypdfium2.PdfiumError:
            yield PageContent(number + 1)  # it is not there in a damaged file; the others are read
            continue
        try:
            yield content_of(page, number + 1)
        finally:
            page.close()


def _without_heads(pages: Sequence[PageContent]) -> Sequence[PageContent]:
    """The pages without running heads, and without what browsers print around a page: at their edges only."""
    heads = RunningHeads({page.number: page.text for page in pages})
    for page in pages:
        printed = _ADDRESS.search(page.text) is not None
        around = [
            isinstance(part, Line)
            and (heads.has(part.text, page.number) or (printed and _PRINTED.match(part.text) is not None))
            for part in page.parts
        ]
        first = len(list(takewhile(bool, around)))
        last = len(around) - len(list(takewhile(bool, reversed(around))))
        page.parts = page.parts[first:last]
    return pages


def _is_picture(page: PageContent) -> bool:
    return len(_LETTER.findall(page.text)) < _FEW_LETTERS and len(page.lines) == len(page.parts)


def _leading_title(pages: Sequence[PageContent], kind: Type) -> str:
    """The heading with which a document begins, if no other is as large, or another one follows on it at once."""
    lines = [line for page in pages[:1] for line in page.lines]
    tops = list(takewhile(lambda line: kind.level(line) == 1, lines))
    leading = tops[:1] + [line for before, line in takewhile(lambda pair: is_one_heading(*pair), pairwise(tops))]
    others = sum(1 for page in pages for line in page.lines if kind.level(line) == 1) - len(leading)
    is_above_another = any(kind.level(line) for line in lines[len(leading) : len(leading) + 1])
    is_title = 0 < len(leading) <= _LINES_OF_A_TITLE and (not others or is_above_another)
    return " ".join(line.text for line in leading) if is_title else ""


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


def _outline(pages: Sequence[PageContent], recognised: Mapping[int, str], title: str, kind: Type) -> Outline:
    outline = Outline(title)
    reader = PageReader(outline, kind)
    for page in pages:
        if page.number in recognised:
            reader.finish()
            _add_page(outline, page.number, recognised[page.number])
        else:
            reader.add(page)
    reader.finish()
    return outline


def _add_page(outline: Outline, page: int, text: str) -> None:
    outline.page = page
    for section in parse_plain_text(text).sections:
        for block in section.blocks:
            outline.add(block.kind, block.parts)
