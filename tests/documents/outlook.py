"""Messages of Outlook, as compound files ([MS-CFB]) that are as small as can be."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_SECTOR, _SMALL, _CUTOFF = 512, 64, 4_096
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_STREAM, _STORAGE, _ROOT = 2, 1, 5


def msg(
    subject: str, plain: str = "", *, page: bytes = b"", attached: Mapping[str, bytes] | None = None, code_page: int = 0
) -> bytes:
    """A message; with a code page its texts are coded in that, else in Unicode."""

    def text(name: str, said: str) -> tuple[str, bytes]:
        if code_page:
            return f"__substg1.0_{name}001E", said.encode(f"cp{code_page}")
        return f"__substg1.0_{name}001F", said.encode("utf-16-le")

    numbers = b"".join(struct.pack("<HHIII", 3, name, 6, code_page, 0) for name in (0x3FFD, 0x3FDE))
    streams = [("__properties_version1.0", bytes(32) + numbers), text("0037", subject)]
    streams += [text("1000", plain)] if plain else []
    streams += [("__substg1.0_10130102", page)] if page else []
    folders = {
        f"__attach_version1.0_#{n:08X}": [text("3707", name), ("__substg1.0_37010102", content)]
        for n, (name, content) in enumerate((attached or {}).items())
    }
    return compound(streams, folders)


def compound(streams: Sequence[tuple[str, bytes]], folders: Mapping[str, Sequence[tuple[str, bytes]]]) -> bytes:
    """A compound file with these streams, and with folders of streams."""
    return _Maker().made(streams, folders)


@dataclass
class _Maker:
    table: list[int] = field(default_factory=list)
    sectors: list[bytes] = field(default_factory=list)
    small_table: list[int] = field(default_factory=list)
    small: bytes = b""
    entries: list[bytes] = field(default_factory=list)

    def made(self, streams: Sequence[tuple[str, bytes]], folders: Mapping[str, Sequence[tuple[str, bytes]]]) -> bytes:
        inner = list(folders.values())
        first = 1 + len(streams) + len(folders)
        starts = [first + sum(map(len, inner[:n])) for n in range(len(inner))]
        count = len(streams) + len(folders)
        root = self._children(streams, 1, last=count)
        for n, name in enumerate(folders):
            place = 1 + len(streams) + n
            root.append(_entry(name, _STORAGE, place + 1 if place < count else _FREE, starts[n], sector=_END, size=0))
        for own, start in zip(inner, starts, strict=True):
            root += self._children(own, start, last=start + len(own) - 1)
        small = self._chain(self.small)
        self.entries = [_entry("Root Entry", _ROOT, _FREE, 1, sector=small, size=len(self.small)), *root]
        directory = self._chain(b"".join(self.entries))
        small_table = self._chain(struct.pack(f"<{len(self.small_table)}I", *self.small_table))
        fat = len(self.table)
        self.table.append(_FAT)
        packed = struct.pack(f"<{len(self.table)}I", *self.table).ljust(_SECTOR, b"\xff")
        assert len(packed) == _SECTOR, "more than one sector of the table: not for a test"
        head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
        head += struct.pack("<IIIIIIIII", 0, 1, directory, 0, _CUTOFF, small_table, 1, _END, 0)
        head += struct.pack("<I", fat) + b"\xff" * (108 * 4)
        return head + b"".join(self.sectors) + packed

    def _children(self, streams: Sequence[tuple[str, bytes]], start: int, *, last: int) -> list[bytes]:
        made = []
        for place, (name, content) in enumerate(streams, start=start):
            sector = self._chain(content) if len(content) >= _CUTOFF else self._small_chain(content)
            made.append(
                _entry(name, _STREAM, place + 1 if place < last else _FREE, _FREE, sector=sector, size=len(content))
            )
        return made

    def _chain(self, content: bytes) -> int:
        begun = len(self.table)
        pieces = [content[n : n + _SECTOR].ljust(_SECTOR, b"\0") for n in range(0, max(len(content), 1), _SECTOR)]
        self.sectors += pieces
        self.table += [*range(begun + 1, begun + len(pieces)), _END]
        return begun

    def _small_chain(self, content: bytes) -> int:
        begun = len(self.small_table)
        pieces = [content[n : n + _SMALL].ljust(_SMALL, b"\0") for n in range(0, max(len(content), 1), _SMALL)]
        self.small += b"".join(pieces)
        self.small_table += [*range(begun + 1, begun + len(pieces)), _END]
        return begun


def _entry(name: str, kind: int, right: int, child: int, *, sector: int, size: int) -> bytes:
    coded = name.encode("utf-16-le") + b"\0\0"
    head = coded.ljust(64, b"\0") + struct.pack("<HBBIII", len(coded), kind, 1, _FREE, right, child)
    return head + bytes(16 + 4 + 16) + struct.pack("<IQ", sector, size)
