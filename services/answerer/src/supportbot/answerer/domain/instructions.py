"""Sentences in documents that are meant for a machine: neither a model nor a reader gets to see them.

This is the second line of defence. The first is that documents are data between tags, and that whatever a model says is
held against them; but a hidden sentence that names a link would bear out an answer with that link.
"""

import re
from dataclasses import replace
from functools import lru_cache
from typing import Final

from supportbot.common.knowledge.passages import Passage
from supportbot.common.knowledge.tokens import normalise

_CACHED_PASSAGES: Final = 2048
_PATTERNS: Final = r"""
(?:ignore|disregard|forget|override|bypass|drop)\b[^.!?]{0,60}\b(?:instruction|rule|prompt|guideline|direction|polic)
(?:ignore|disregard|forget|override|bypass|drop)\b[^.!?]{0,60}\b(?:above|previous|prior|earlier)
(?:system|developer|hidden|initial|original)\s(?:prompt|message|instruction|rule)
(?:from now on,? you|you are now (?:dan|[a-z]*(?:bot|gpt|ai))|pretend to be|jailbreak|do anything now)\b
(?:reveal|print|repeat|output|show|leak|dump|expose|translate|encode)\b[^.!?]{0,40}\b(?:prompt|your instructions)\b
(?:reveal|print|repeat|output|show|leak|dump|expose|send|translate|encode)\b[^.!?]{0,50}\b(?:your rules|chat history)\b
(?:reveal|print|repeat|output|show|leak|dump|expose|send)\b[^.!?]{0,50}\bother (?:users?|customers?|conversations?)\b
(?:assistant|chatbot|ai|llm|language model|gpt|bot)\b[\s,:!]*(?:please |you )?(?:must|should|shall|always|only|now)\b
(?:assistant|chatbot|ai|llm|language model|gpt|bot)\b[\s,:!]+(?:please )?(?:say|reply|answer|tell|respond|write|add)\b
(?:игнорир|забудь|забыть|отмени|не обращай|пренебрег)[^.!?]{0,60}(?:инструкц|правил|указан|промпт|предыдущ|выше|прежн)
(?:системн|скрыт|исходн|начальн)\w*\s(?:промпт|сообщени|инструкци|правил|указани)
(?:ты теперь|отныне ты|с этого момента ты|притворись|представь,? что ты)
(?:покаж|вывед|раскро|повтори|напечатай|перевед|закодируй)[^.!?]{0,50}(?:промпт|(?:сво|тво)\w+ (?:инструкци|правил))
(?:покаж|вывед|раскро|повтори|напечатай|отправ|сообщи)[^.!?]{0,50}(?:переписк|истори\w* чат|чуж|других (?:польз|клиент))
(?:ассистент|чат-?бот|бот|ии|нейросеть|языковая модель|помощник)\b[\s,:!]*(?:ты )?(?:долж|обязан|всегда|только|теперь)
(?:ассистент|чат-?бот|бот|ии|нейросеть|модель|помощник)\b[\s,:!]+(?:ответь|отвечай|скажи|говори|напиши|сообщи|добавь)
"""
_ORDERS: Final = re.compile(rf"\b(?:{'|'.join(_PATTERNS.split(chr(10))[1:-1])})")
_SENTENCE: Final = re.compile(r"[^.!?\n]*(?:[.!?](?!\s|$)[^.!?\n]*)*(?:[.!?]+|\n|$)")


def is_order(sentence: str) -> bool:
    """Whether a sentence tells a machine what to do."""
    return bool(_ORDERS.search(" ".join(normalise(sentence).split())))


@lru_cache(_CACHED_PASSAGES)
def without_orders(passage: Passage) -> Passage:
    """The passage without such sentences, in its text, title and headings. Usually it is the same object."""
    heads = (passage.title, *passage.headings)
    if not is_order(passage.text) and not any(map(is_order, heads)):
        return passage
    title, *headings = ("" if is_order(head) else head for head in heads)
    kept = (piece for piece in _SENTENCE.findall(passage.text) if not is_order(piece))
    return replace(passage, text="".join(kept).strip(), title=title, headings=tuple(filter(None, headings)))
