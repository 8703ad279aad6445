"""Packs the blocks of a section into texts of passages: lists and tables whole where they fit, evenly filled."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from supportbot.indexer.domain.parsed import Block
from supportbot.indexer.domain.splitting import LONGEST, TARGET, split_text


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    joint: str
    """What stands between it and the piece before it."""
    page: int = 0


@dataclass(frozen=True, slots=True)
class Packed:
    """The text of a passage, and the page on which it begins."""

    text: str
    page: int = 0


def pack(blocks: Sequence[Block]) -> list[Packed]:
    """Texts of at most `LONGEST` characters that together say all that the blocks say."""
    whole = "\n\n".join(block.text for block in blocks)
    if len(whole) <= LONGEST:
        return [Packed(whole, blocks[0].page)] if whole else []
    pieces = [piece for block in blocks for piece in _pieces(block)]
    enough = len(whole) / (-(-len(whole) // TARGET))
    groups = list(_groups(pieces, enough))
    _absorb_the_rest(groups)
    return [Packed(_join(group), group[0].page) for group in groups]


def _pieces(block: Block) -> list[_Piece]:
    if len(block.text) <= LONGEST:
        return [_Piece(block.text, "\n\n", block.page)]
    inner = " " if block.kind == "paragraph" else "\n"
    texts = [text for part in block.parts for text in split_text(part)]
    return [_Piece(text, inner if number else "\n\n", block.page) for number, text in enumerate(texts)]


def _groups(pieces: Iterable[_Piece], enough: float) -> Iterable[list[_Piece]]:
    group: list[_Piece] = []
    length = 0
    for piece in pieces:
        if group and (length + len(piece.joint) + len(piece.text) > LONGEST or length >= enough * 0.95):
            carried = _lead_in(group, piece)
            yield group
            group = carried
            length = _length(group)
        group.append(piece)
        length += len(piece.joint) + len(piece.text)
    if group:
        yield group


def _absorb_the_rest(groups: list[list[_Piece]]) -> None:
    """A short last passage goes to the one before it, where there is room."""
    if len(groups) > 1 and _length(groups[-1]) < TARGET // 3 and _length(groups[-2]) + _length(groups[-1]) <= LONGEST:
        groups[-2].extend(groups.pop())


def _length(group: Sequence[_Piece]) -> int:
    return sum(len(piece.joint) + len(piece.text) for piece in group)


def _lead_in(group: list[_Piece], following: _Piece) -> list[_Piece]:
    """Take "You need:" off the end of a passage, where it can stand before the list that it announces."""
    last = group[-1]
    fits = len(last.text) + len(following.joint) + len(following.text) <= LONGEST
    if len(group) > 1 and last.text.rstrip().endswith(":") and fits:
        return [group.pop()]
    return []


def _join(group: Sequence[_Piece]) -> str:
    return group[0].text + "".join(piece.joint + piece.text for piece in group[1:])
