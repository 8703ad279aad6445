"""Small PDF files: text with headings in Latin and Cyrillic letters, pictures, passwords, and broken ones."""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

_PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
_HEADING, _TEXT, _LEFT, _TOP = 22, 11, 60, 760


@dataclass(frozen=True)
class Page:
    """Lines from top to bottom; one that begins with `# ` is a heading. `picture` covers the page with grey."""

    lines: Sequence[str] = ()
    picture: bytes = b""
    """Of 8-bit grey dots, `width` a line."""
    width: int = 0
    drawn: Sequence[str] = ()
    """Made by `written`, `rule` and `dot`, in their order after the lines."""


def written(x: float, y: float, text: str, *, size: float = 11, bold: bool = False, turned: bool = False) -> str:
    """Words at a place, counted from the lower left."""
    codes = "".join(f"{ord(sign):04x}" for sign in text)
    matrix = f"0 1 -1 0 {x} {y}" if turned else f"1 0 0 1 {x} {y}"
    return f"BT /{'B' if bold else 'T'} {size} Tf {matrix} Tm <{codes}> Tj ET"


def rule(x: float, y: float, to_x: float, to_y: float) -> str:
    """A straight line."""
    return f"0.5 w {x} {y} m {to_x} {to_y} l S"


def dot(x: float, y: float) -> str:
    """A bullet that is drawn and not written."""
    return f"{x} {y} 3 3 re f"


def grid(rows: Sequence[Sequence[str | None]], *, left: float = 60, top: float = 600) -> list[str]:
    """A table with rules around each cell; a cell that is None belongs to the one above it."""
    wide, high = 150, 20
    made = []
    for number, row in enumerate(rows):
        y = top - number * high
        for column, cell in enumerate(row):
            x = left + column * wide
            made.append(rule(x, y, x, y - high))
            if cell is not None:
                made += [rule(x, y, x + wide, y), written(x + 4, y - 14, cell)]
        made.append(rule(left + len(row) * wide, y, left + len(row) * wide, y - high))
    bottom = top - len(rows) * high
    return [*made, rule(left, bottom, left + len(rows[0]) * wide, bottom)]


def pdf(*pages: Page, title: str = "", locked: bool = False) -> bytes:
    """A PDF with these pages; `locked`: nobody can open it without a password."""
    return _Maker(title, locked=locked).made(pages)


class _Maker:
    def __init__(self, title: str, *, locked: bool) -> None:
        self._title = title
        self._key = _key() if locked else b""
        self._objects: list[bytes] = []

    def made(self, pages: Sequence[Page]) -> bytes:
        catalog, tree = self._reserve(), self._reserve()
        fonts = {name: self._font(bold=name == "B") for name in "BT"}
        kids = [self._page(page, tree, fonts) for page in pages]
        listed = " ".join(f"{kid} 0 R" for kid in kids)
        self._objects[tree - 1] = f"<</Type/Pages/Kids[{listed}]/Count {len(kids)}>>".encode()
        self._objects[catalog - 1] = f"<</Type/Catalog/Pages {tree} 0 R>>".encode()
        named = ("\ufeff" + self._title).encode("utf-16-be").hex()
        info = self._add(f"<</Title<{named}>>>".encode())
        return self._written(catalog, info)

    def _page(self, page: Page, tree: int, fonts: dict[str, int]) -> int:
        drawn, y = [], _TOP
        for line in page.lines:
            size = _HEADING if line.startswith("# ") else _TEXT
            y -= 2 * size
            codes = "".join(f"{ord(sign):04x}" for sign in line.removeprefix("# "))
            drawn.append(f"BT /{'B' if size == _HEADING else 'T'} {size} Tf {_LEFT} {y} Td <{codes}> Tj ET")
        drawn += page.drawn
        resources = f"/Font<</B {fonts['B']} 0 R/T {fonts['T']} 0 R>>"
        if page.picture:
            height = len(page.picture) // page.width
            picture = self._stream(
                page.picture,
                f"/Type/XObject/Subtype/Image/Width {page.width}/Height {height}"
                "/ColorSpace/DeviceGray/BitsPerComponent 8",
            )
            resources += f"/XObject<</P {picture} 0 R>>"
            drawn.append("q 595 0 0 842 0 0 cm /P Do Q")
        content = self._stream("\n".join(drawn).encode())
        body = f"/MediaBox[0 0 595 842]/Resources<<{resources}>>/Contents {content} 0 R"
        return self._add(f"<</Type/Page/Parent {tree} 0 R{body}>>".encode())

    def _font(self, *, bold: bool) -> int:
        """A font that is not embedded: its codes are those of Unicode, as its map says."""
        name = "Helvetica-Bold" if bold else "Helvetica"
        ranges = "2 beginbfrange <0000> <04ff> <0000> <2000> <22ff> <2000> endbfrange"
        cmap = self._stream(
            f"begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange {ranges} endcmap".encode()
        )
        descriptor = self._add(
            f"<</Type/FontDescriptor/FontName/{name}/Flags 32/FontBBox[0 -200 1000 900]/ItalicAngle 0/Ascent 900"
            f"/Descent -200/CapHeight 700/StemV {160 if bold else 80}>>".encode()
        )
        system = "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 550"
        inner = self._add(
            f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}{system}/FontDescriptor {descriptor} 0 R>>".encode()
        )
        return self._add(
            f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H/DescendantFonts[{inner} 0 R]"
            f"/ToUnicode {cmap} 0 R>>".encode()
        )

    def _stream(self, content: bytes, fields: str = "") -> int:
        number = self._reserve()
        packed = zlib.compress(content)
        if self._key:
            packed = _rc4(hashlib.md5(self._key + number.to_bytes(3, "little") + b"\0\0").digest()[:10], packed)
        head = f"<<{fields}/Filter/FlateDecode/Length {len(packed)}>>stream\n".encode()
        self._objects[number - 1] = head + packed + b"\nendstream"
        return number

    def _add(self, body: bytes) -> int:
        self._objects.append(body)
        return len(self._objects)

    def _reserve(self) -> int:
        return self._add(b"")

    def _written(self, catalog: int, info: int) -> bytes:
        lock = f"/Encrypt {self._add(_lock())} 0 R/ID[<00><00>]" if self._key else ""
        written, places = b"%PDF-1.7\n", []
        for number, body in enumerate(self._objects, start=1):
            places.append(len(written))
            written += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
        rows = "".join(f"{place:010} 00000 n \n" for place in places)
        size = len(places) + 1
        trailer = f"trailer<</Size {size}/Root {catalog} 0 R/Info {info} 0 R{lock}>>\nstartxref\n{len(written)}\n%%EOF"
        return written + f"xref\n0 {size}\n0000000000 65535 f \n{rows}{trailer}".encode()


def _rc4(key: bytes, content: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    made = bytearray()
    for byte in content:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        made.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(made)


def _owner() -> bytes:
    return _rc4(hashlib.md5((b"owner" + _PADDING)[:32]).digest()[:5], (b"secret" + _PADDING)[:32])


def _key() -> bytes:
    """By the standard security handler of revision 2, from the password `secret`."""
    mixed = (b"secret" + _PADDING)[:32] + _owner() + (0xFFFFFFFC).to_bytes(4, "little") + b"\0"
    return hashlib.md5(mixed).digest()[:5]


def _lock() -> bytes:
    user = _rc4(_key(), _PADDING)
    return f"<</Filter/Standard/V 1/R 2/P -4/O<{_owner().hex()}>/U<{user.hex()}>>>".encode()
