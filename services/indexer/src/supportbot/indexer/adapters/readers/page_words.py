"""What PDFium knows of a page: its words with their places, in the order in which they were written, and its rules."""

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

_LINE_ENDS: Final = frozenset({0x0A, 0x0D})
_HYPHENS: Final = frozenset({0x02, 0xFFFE})
"""What PDFium puts where a word is cut at the end of a line."""
_NOTHING: Final = frozenset({0x00, 0xFEFF, 0x200B})
_SPACES: Final = frozenset({0x20, 0xA0, 0x09, 0x2002, 0x2003, 0x2009, 0x202F})
_LIGATURES: Final = re.compile("[\ufb00-\ufb06]")
_BOLD: Final = re.compile(r"bold|black|heavy|semibold|demi", re.IGNORECASE)
_FIXED: Final = re.compile(r"mono|courier|consol|menlo|code", re.IGNORECASE)
_HEAVY: Final = 600
_NAME: Final = 128
_MOST_PATHS: Final = 6_000
_MOST_RULES: Final = 20_000
"""A page with more is a drawing, and no table."""
_STRAIGHT: Final = 1.0
_SHORTEST: Final = 3.0
_SMALLEST_DOT: Final = 1.5
_LARGEST_DOT: Final = 7.0


class Word(NamedTuple):
    """Signs without a space between them. Coordinates are points, counted from the lower left."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    bold: bool
    fixed: bool
    breaks: bool
    """Whether PDFium sees a new line begin here."""


class Rule(NamedTuple):
    """A straight line, along x or along y."""

    place: float
    """The coordinate that is the same all along."""
    start: float
    end: float


class Rules(NamedTuple):
    """The straight lines on a page, and its dots."""

    horizontal: list[Rule]
    vertical: list[Rule]
    dots: list[tuple[float, float]]
    """Small shapes, as high as wide: bullets that are drawn and not written. Their left and middle."""


class _Font(NamedTuple):
    size: float
    bold: bool
    fixed: bool
    upright: bool


def words_of(page: Any) -> list[Word]:
    """The words of a page; those that do not stand upright are marks over the page, and left out."""
    textpage = page.get_textpage()
    try:
        return list(_words(textpage.raw))
    finally:
        textpage.close()


def rules_of(page: Any) -> Rules:
    """The rules of a page; none where it is full of drawings."""
    import pypdfium2.raw as pdfium

    rules = Rules([], [], [])
    for number, path in enumerate(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=1)):
        if number >= _MOST_PATHS or len(rules.horizontal) + len(rules.vertical) >= _MOST_RULES:
            return Rules([], [], [])
        left, bottom, right, top = path.get_bounds()
        if _SMALLEST_DOT <= right - left <= _LARGEST_DOT and abs((right - left) - (top - bottom)) <= _STRAIGHT:
            rules.dots.append((left, (bottom + top) / 2))
        else:
            _add_rules(rules, path, pdfium)
    return rules


def joined(words: Iterable[Word]) -> str:
    """The text of a cell; what was cut at the end of a line is whole again."""
    text = ""
    for word in words:
        if text.endswith("\u00ad"):
            text = text[:-1] + word.text
        else:
            text += (" " if text else "") + word.text
    return text.replace("\u00ad", "")


def _words(text: Any) -> Iterator[Word]:
    import pypdfium2.raw as pdfium

    box = pdfium.FS_RECTF()
    signs: list[str] = []
    edges: list[float] = []
    font = _Font(0, bold=False, fixed=False, upright=True)
    breaks = True

    def word() -> Word:
        said = _LIGATURES.sub(lambda found: unicodedata.normalize("NFKC", found[0]), "".join(signs))
        return Word(said, edges[0], edges[1], edges[2], edges[3], font.size, font.bold, font.fixed, breaks)

    for place in range(pdfium.FPDFText_CountChars(text)):
        code = pdfium.FPDFText_GetUnicode(text, place)
        ends = code in _LINE_ENDS
        if ends or code in _SPACES:
            if signs:
                if font.upright:
                    yield word()
                signs, breaks = [], False
            breaks = breaks or ends
            continue
        if code in _NOTHING or not pdfium.FPDFText_GetLooseCharBox(text, place, box):
            continue
        sign = "\u00ad" if code in _HYPHENS else chr(code)
        if not signs:
            font = _font(text, place, pdfium)
            edges = [box.left, box.bottom, box.right, box.top]
        elif code not in _HYPHENS:
            edges = [
                min(edges[0], box.left),
                min(edges[1], box.bottom),
                max(edges[2], box.right),
                max(edges[3], box.top),
            ]
        signs.append(sign)
    if signs and font.upright:
        yield word()


def _font(text: Any, place: int, pdfium: Any) -> _Font:
    from ctypes import byref, c_int, create_string_buffer

    matrix = pdfium.FS_MATRIX()
    scale, upright = 1.0, True
    if pdfium.FPDFText_GetMatrix(text, place, matrix):
        scale = math.hypot(matrix.c, matrix.d) or 1.0
        upright = abs(matrix.b) <= abs(matrix.a)
    flags, name = c_int(), create_string_buffer(_NAME)
    pdfium.FPDFText_GetFontInfo(text, place, name, _NAME, byref(flags))
    called = name.value.decode("utf-8", "replace")
    bold = pdfium.FPDFText_GetFontWeight(text, place) >= _HEAVY or bool(_BOLD.search(called))
    fixed = bool(_FIXED.search(called)) or bool(flags.value & 1)
    return _Font(round(pdfium.FPDFText_GetFontSize(text, place) * scale, 1), bold, fixed, upright)


def _add_rules(rules: Rules, path: Any, pdfium: Any) -> None:
    from ctypes import byref, c_float

    x, y = c_float(), c_float()
    matrix = path.get_matrix()
    before: tuple[float, float] | None = None
    began: tuple[float, float] | None = None
    for number in range(min(pdfium.FPDFPath_CountSegments(path.raw), _MOST_PATHS)):
        segment = pdfium.FPDFPath_GetPathSegment(path.raw, number)
        if not pdfium.FPDFPathSegment_GetPoint(segment, byref(x), byref(y)):
            continue
        point = matrix.on_point(x.value, y.value)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            began = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO and before is not None:
            _add_rule(rules, before, point)
        before = point
        if pdfium.FPDFPathSegment_GetClose(segment) and began is not None:
            _add_rule(rules, point, began)
            before = began


def _add_rule(rules: Rules, one: tuple[float, float], other: tuple[float, float]) -> None:
    (left, low), (right, high) = one, other
    wide, tall = abs(left - right), abs(low - high)
    if tall <= _STRAIGHT and wide >= _SHORTEST:
        rules.horizontal.append(Rule((low + high) / 2, min(left, right), max(left, right)))
    elif wide <= _STRAIGHT and tall >= _SHORTEST:
        rules.vertical.append(Rule((left + right) / 2, min(low, high), max(low, high)))
