"""Sentences in documents that are meant for a machine: neither a model nor a reader gets to see them.

This is the second line of defence. The first is that documents are data between tags, and that whatever a model says is
held against them; but a hidden sentence that names a link would bear out an answer with that link.
"""

import re
from dataclasses import replace
from functools import lru_cache
from typing import Final

from supportbot.answerer.domain.lists import any_of
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.tokens import normalise

_CACHED_PASSAGES: Final = 2048
_LIST: Final = "orders.txt"
_SENTENCE: Final = re.compile(r"[^.!?\n]*(?:[.!?](?!\s|$)[^.!?\n]*)*(?:[.!?]+|\n|$)")


@lru_cache(1)
def _orders() -> re.Pattern[str]:
    return any_of(_LIST)


def is_order(sentence: str) -> bool:
    """Whether a sentence tells a machine what to do."""
    return bool(_orders().search(" ".join(normalise(sentence).split())))


@lru_cache(_CACHED_PASSAGES)
def without_orders(passage: Passage) -> Passage:
    """The passage without such sentences, in its text, title and headings. Usually it is the same object."""
    heads = (passage.title, *passage.headings)
    if not is_order(passage.text) and not any(map(is_order, heads)):
        return passage
    title, *headings = ("" if is_order(head) else head for head in heads)
    kept = (piece for piece in _SENTENCE.findall(passage.text) if not is_order(piece))
    return replace(passage, text="".join(kept).strip(), title=title, headings=tuple(filter(None, headings)))
