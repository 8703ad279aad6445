"""A knowledge base of a wanted size: the sample help centre, and further shops like it whose words are other ones."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zlib import crc32

from supportbot.common.ids import DocumentId
from supportbot.indexer.adapters.reading import read_now
from supportbot.standalone.sample_centre import sample_folder

_LARGEST_FILE = 10_000_000
_LONG_WORD = re.compile(r"[^\W\d_]{6,}")
_SYLLABLES = {
    True: "ba ke di lo mu ra se ti vo zu na pe gi fo hu la",
    False: "ба ке ди ло му ра се ти во зу на пе ги фо ху ла",
}


@dataclass(frozen=True)
class Corpus:
    """Documents in a folder, and the same passages that the product makes of them as a list of texts in a file."""

    documents: Path
    passages: Path
    size: int


def write_corpus(folder: Path, chunks: int) -> Corpus:
    """At least so many passages: the product cuts, so that everybody searches the same ones."""
    documents, passages = folder / "documents", list[str]()
    for name, text in _shops():
        if len(passages) >= chunks:
            break
        path = documents / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        read = read_now(DocumentId(name), path, _LARGEST_FILE)
        passages += ["\n".join((one.title, *one.headings, one.text)) for one in read.passages]
    (folder / "passages.json").write_text(json.dumps(passages), encoding="utf-8")
    return Corpus(documents, folder / "passages.json", len(passages))


def _shops() -> Iterator[tuple[str, str]]:
    """Documents without end: those of the sample, and after them the same with every second long word another one."""
    sample = [(path, path.read_text(encoding="utf-8")) for path in sorted(sample_folder().glob("*/*.md"))]
    number = 0
    while True:
        for path, text in sample:
            yield f"{number}/{path.parent.name}-{path.name}", _of_shop(text, number) if number else text
        number += 1


def _of_shop(text: str, number: int) -> str:
    return _LONG_WORD.sub(lambda match: _word_of_shop(match.group(), number), text)


@cache
def _word_of_shop(word: str, number: int) -> str:
    chance = crc32(f"{number} {word.lower()}".encode())
    if chance % 2:
        return word
    syllables = _SYLLABLES[word.isascii()].split()
    return "".join(syllables[(chance >> shift) % len(syllables)] for shift in (4, 8, 12, 16))
