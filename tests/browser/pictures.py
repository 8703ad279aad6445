"""Pictures that people send, drawn here so that the tree holds none."""

import struct
import zlib
from collections.abc import Callable
from typing import Final

Colour = tuple[int, int, int]
_WALL: Final = (232, 226, 214)
_BOARD: Final = (158, 108, 66)
_CRACK: Final = (66, 38, 20)
_WIDTH: Final = 480
_HEIGHT: Final = 320


def png(width: int, height: int, colour_at: Callable[[int, int], Colour]) -> bytes:
    """A picture of these dots."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (bytes([0, *(part for x in range(width) for part in colour_at(x, y))]) for y in range(height))
    chunks = _chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(b"".join(rows))), _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def a_shelf() -> bytes:
    """A shelf whose middle board is broken."""
    return png(_WIDTH, _HEIGHT, _of_shelf)


def _of_shelf(x: int, y: int) -> Colour:
    in_frame = 60 <= x < 420 and 30 <= y < 300
    is_side = in_frame and (x < 76 or x >= 404)
    sag = max(0, 30 - abs(x - 240) // 4)
    boards = (30, 150 + sag, 284)
    is_board = in_frame and any(top <= y < top + 16 for top in boards)
    if is_board and abs(x - 240 - (y % 5)) <= 2 and 150 <= y < 220:
        return _CRACK
    return _BOARD if is_side or is_board else _WALL


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
