"""A checked answer of a model as text for a chat, with quotations of what it rests on."""

from collections.abc import Sequence
from typing import Final

from supportbot.answerer.domain.answer import Citation
from supportbot.answerer.domain.model_replies import ComposedAnswer
from supportbot.answerer.domain.prompts import with_tags
from supportbot.answerer.domain.sentences import split
from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.tokens import stems

_BULLETS: Final = ("- ", "• ", "* ")
_QUOTE_LIMIT: Final = 400


def written_text(answer: ComposedAnswer) -> str:
    """Sentences in a line, items of a list each on its own, none twice; what looks like a tag is as in the passages."""
    text = ""
    after_item = False
    for said in dict.fromkeys(sentence.text for sentence in answer.sentences):
        item = said.startswith(_BULLETS)
        if text:
            text += "\n" if item or after_item else " "
        text += said
        after_item = item
    return with_tags(text)


def cited(answer: ComposedAnswer, passages: Sequence[Passage]) -> tuple[Citation, ...]:
    """For every sentence the stretch of each passage it cites that is nearest to it, word for word, without repeats."""
    found: dict[tuple[object, str], Citation] = {}
    for sentence in answer.sentences:
        for number in sentence.citations:
            passage = passages[number - 1]
            quote = _nearest(sentence.text, passage)
            found.setdefault((passage.chunk_id, quote), Citation.of(passage, quote))
    return tuple(found.values())


def _nearest(text: str, passage: Passage) -> str:
    """The sentence of the passage that shares most with a text; the first one where none shares anything."""
    wanted = set(stems(text))
    pieces = [passage.text[one.start : one.end] for one in split(passage.text) if one.kind != "heading"]
    if not pieces:
        return passage.text[:_QUOTE_LIMIT]
    return max(pieces, key=lambda piece: len(wanted.intersection(stems(piece))))[:_QUOTE_LIMIT]
