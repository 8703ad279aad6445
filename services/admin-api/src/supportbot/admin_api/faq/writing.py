"""A reviewed pair as the text of a document, and what makes two questions the same or similar."""

import re
from collections.abc import Collection, Sequence
from typing import Final

from supportbot.common.digests import digest_of
from supportbot.common.knowledge.tokens import normalise, stems

ALIKE: Final = 0.75
"""Share of stems in common (Jaccard) from which two questions may be one: at most one word of four differs."""
_HEADINGS: Final = 6
_HEADING_MOST: Final = 200
"""A longer heading is read as a paragraph."""
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def key_of(question: str) -> str:
    """The same for questions that differ in word order, endings, stop words or punctuation only."""
    words = sorted(set(stems(question))) or [normalise(question).strip()]
    return digest_of("\n".join(words))


def likeness(first: Collection[str], second: Collection[str]) -> float:
    """Jaccard's index of two sets of stems."""
    one, other = set(first), set(second)
    return len(one & other) / len(one | other) if one | other else 0.0


def document_of(questions: Sequence[str], answer: str) -> bytes:
    """Markdown whose headings are the questions: they are searched with the answer and never quoted as one."""
    heads = [f"{'#' * depth} {_plain(question)}" for depth, question in enumerate(questions[:_HEADINGS], 1)]
    body = "\n".join(_plain_line(line) for line in answer.splitlines())
    return ("\n\n".join([*heads, body]) + "\n").encode("utf-8", "replace")


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split())[:_HEADING_MOST].rstrip())


def _plain_line(line: str) -> str:
    """Nothing in it is markup, but for the hyphens and numbers of lists."""
    return _SPECIAL.sub(r"\\\1", line.rstrip())
