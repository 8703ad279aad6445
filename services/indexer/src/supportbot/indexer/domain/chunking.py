"""Heading-aware chunking: a parsed document becomes the passages that are searched and cited."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from supportbot.common.ids import DocumentId
from supportbot.common.knowledge.chunk_ids import chunk_id_for
from supportbot.common.knowledge.languages import detect_language
from supportbot.common.knowledge.passages import Passage
from supportbot.indexer.domain.packing import pack
from supportbot.indexer.domain.parsed import ParsedDocument, Section
from supportbot.indexer.domain.plain_text import parse_plain_text

CHUNKER_VERSION = "4"
"""Part of every document's version: raise it when the same file would become other passages."""
_TINY = 160
_MERGED = 600


@dataclass(frozen=True, slots=True)
class _Chunk:
    headings: tuple[str, ...]
    text: str
    page: int = 0
    anchor: str = ""


def chunk_document(document: DocumentId, title: str, text: str, *, source: str = "") -> list[Passage]:
    """Passages of a plain text whose title is known; texts of up to about 1,200 characters stay whole."""
    parsed = parse_plain_text(text, title)
    return chunk_parsed(document, ParsedDocument(title, parsed.sections, source))


def chunk_parsed(document: DocumentId, parsed: ParsedDocument) -> list[Passage]:
    """Passages in the order of the document; equal content in the same document gets the same ids again."""
    chunks = list(_chunks(parsed.sections))
    fallback = detect_language(" ".join([parsed.title, *(chunk.text for chunk in chunks[:4])]))
    seen: Counter[tuple[object, ...]] = Counter()
    passages = []
    for position, chunk in enumerate(chunks):
        said = chunk.headings, chunk.text, chunk.page
        chunk_id = chunk_id_for(
            document, chunk.text, title=parsed.title, headings=chunk.headings, page=chunk.page, occurrence=seen[said]
        )
        seen[said] += 1
        language = detect_language(chunk.text)
        passages.append(
            Passage(
                chunk_id=chunk_id,
                document=document,
                title=parsed.title,
                headings=chunk.headings,
                text=chunk.text,
                position=position,
                language=fallback if language == "und" else language,
                source=_address(parsed.source, chunk.anchor),
                page=chunk.page,
            )
        )
    return passages


def _address(source: str, anchor: str) -> str:
    """Of the heading itself, where the document has an address and the heading an anchor."""
    return f"{source}#{anchor}" if source and anchor and "#" not in source else source


def _chunks(sections: Sequence[Section]) -> Iterable[_Chunk]:
    for group in _groups(sections):
        first = group[0]
        if len(group) > 1:
            together = "\n\n".join(_with_heading(section) for section in group)
            yield _Chunk(group[0].headings[:-1], together, first.page, first.anchor)
        elif first.blocks:
            packed = pack(first.blocks)
            yield from (_Chunk(first.headings, part.text, part.page, first.anchor) for part in packed)
        else:
            yield _Chunk(first.headings[:-1], first.headings[-1], first.page, first.anchor)


def _groups(sections: Sequence[Section]) -> Iterable[list[Section]]:
    """Neighbours below one heading that say next to nothing each, such as a list of shops, stay together."""
    group: list[Section] = []
    for section in sections:
        if group and not _belongs(section, group):
            yield group
            group = []
        group.append(section)
    if group:
        yield group


def _belongs(section: Section, group: Sequence[Section]) -> bool:
    last = group[-1]
    return (
        _is_tiny(section)
        and _is_tiny(last)
        and section.headings[:-1] == last.headings[:-1]
        and section.page == last.page
        and sum(len(_with_heading(part)) for part in (*group, section)) <= _MERGED
    )


def _is_tiny(section: Section) -> bool:
    """A question with its answer is worth a passage of its own however short it is."""
    if not section.headings or section.headings[-1].endswith("?"):
        return False
    return sum(len(block.text) for block in section.blocks) < _TINY


def _with_heading(section: Section) -> str:
    return "\n".join([f"## {section.headings[-1]}", *(block.text for block in section.blocks)])
