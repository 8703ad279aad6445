"""PowerPoint presentations: each slide with its title, lists, tables and notes; slides count as pages."""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from zipfile import ZipFile

from supportbot.common.files.refusals import warning_text
from supportbot.indexer.adapters.readers.names import sane_title
from supportbot.indexer.adapters.readers.packages import RELATION, has_macros, opened, parsed_xml, part, related
from supportbot.indexer.adapters.readers.word import core_title
from supportbot.indexer.adapters.tables import plain_rows
from supportbot.indexer.domain.outline import Outline
from supportbot.indexer.domain.parsed import ParsedDocument
from supportbot.indexer.domain.titles import title_from_path

_A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P: Final = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_MAIN: Final = "ppt/presentation.xml"
_TITLES: Final = ("title", "ctrTitle")
_OF_A_TITLE_SLIDE: Final = "ctrTitle"
_AROUND: Final = ("sldNum", "ftr", "dt", "hdr", "sldImg")
_LISTS: Final = ("body", "obj", "")
_DEEPEST: Final = 8


def read_slides(path: str, content: bytes) -> ParsedDocument:
    """A presentation as sections, one a slide. Raises UnreadableDocumentError."""
    with opened(content, "pptx", needs=_MAIN) as package:
        names = list(_slides(package))
        title = core_title(part(package, "docProps/core.xml")) or _first_title(package, names) or title_from_path(path)
        outline = Outline(title)
        for number, name in enumerate(names, start=1):
            outline.page = number
            _add_slide(outline, package, name)
        warnings = (warning_text("macros"),) if has_macros(package) else ()
    return ParsedDocument(title, outline.finish(), warnings=warnings)


def _first_title(package: ZipFile, names: Sequence[str]) -> str:
    """What the presentation is called by its title slide, if it has one."""
    root = parsed_xml(part(package, names[0])) if names else None
    return "" if root is None else sane_title(_title(root, _OF_A_TITLE_SLIDE))


def _title(slide: Any, *kinds: str) -> str:
    return " ".join(text for shape in _shapes(slide, *kinds) for _, text in _paragraphs(shape))


def _slides(package: ZipFile) -> Iterator[str]:
    """The slides in the order in which they are shown."""
    root = parsed_xml(part(package, _MAIN))
    targets = dict(related(package, _MAIN))
    for slide in root.iter(f"{_P}sldId") if root is not None else ():
        _, name = targets.get(str(slide.get(RELATION)), ("", ""))
        if name:
            yield name


def _add_slide(outline: Outline, package: ZipFile, name: str) -> None:
    root = parsed_xml(part(package, name))
    if root is None:
        return
    outline.leave(1)
    outline.heading(1, _title(root, *_TITLES))
    for shape in root.iter(f"{_P}sp", f"{_A}tbl"):
        if shape.tag == f"{_A}tbl":
            outline.add("table", plain_rows(_cells(shape)))
        elif _placeholder(shape) not in (*_TITLES, *_AROUND):
            _add_text(outline, shape)
    notes = (target for kind, target in dict(related(package, name)).values() if kind.endswith("/notesSlide"))
    for note in notes:
        page = parsed_xml(part(package, note))
        for shape in _shapes(page, "body") if page is not None else ():
            outline.add("paragraph", ["\n".join(text for _, text in _paragraphs(shape))])


def _add_text(outline: Outline, shape: Any) -> None:
    """What stands in a slide's main field is a list, unless it is one paragraph."""
    paragraphs = _paragraphs(shape)
    if len(paragraphs) > 1 and _placeholder(shape) in _LISTS:
        items: list[str] = []
        for level, text in paragraphs:
            line = "  " * min(level, _DEEPEST) + "- " + text
            if level and items:
                items[-1] += "\n" + line
            else:
                items.append(line)
        outline.add("list", items)
    else:
        for _, text in paragraphs:
            outline.add("paragraph", [text])


def _shapes(root: Any, *kinds: str) -> list[Any]:
    return [shape for shape in root.iter(f"{_P}sp") if _placeholder(shape) in kinds]


def _placeholder(shape: Any) -> str | None:
    """Which of the layout's fields a shape fills; None for a shape of its own."""
    field = shape.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph")
    return None if field is None else str(field.get("type") or "")


def _paragraphs(shape: Any) -> list[tuple[int, str]]:
    """The level and text of each paragraph that has one."""
    found = []
    for paragraph in shape.iter(f"{_A}p"):
        text = _text(paragraph)
        properties = paragraph.find(f"{_A}pPr")
        level = str(properties.get("lvl") or "0") if properties is not None else "0"
        if text:
            found.append((int(level) if level.isdecimal() else 0, text))
    return found


def _text(element: Any) -> str:
    pieces = ("\n" if piece.tag == f"{_A}br" else piece.text or "" for piece in element.iter(f"{_A}t", f"{_A}br"))
    return "".join(pieces).strip()


def _cells(table: Any) -> list[list[str]]:
    return [[_text(cell) for cell in row.iter(f"{_A}tc")] for row in table.iter(f"{_A}tr")]
