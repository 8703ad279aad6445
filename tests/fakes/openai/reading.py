"""What the default handler understands of a prompt: the question, the numbered passages, an answer to check."""

import math
import re
from collections import Counter
from dataclasses import dataclass, field

from tests.fakes.openai.chat_request import ChatRequest, content_text
from tests.fakes.openai.words import is_russian, stems

BRACKETED = re.compile(r"(?m)^[ \t]*\[(\d{1,4})\][ \t]*")
TAGGED = re.compile(r"""<(?:passage|document|source|doc)\b[^>]*?\b(?:id|n|number|index)=["']?(\d+)["']?[^>]*>""")
LABELLED = re.compile(
    r"(?im)^[ \t]*(?:user(?:'s)? )?(?:question|query|вопрос|запрос)(?:[^\n:]{0,30})?:[ \t]*(\S[^\n]*)"
)
WRAPPED = re.compile(r"(?is)<(?:user_)?(?:question|query|message)\b[^>]*>(.*?)</(?:user_)?(?:question|query|message)>")
ANSWER_LABELLED = re.compile(
    r"(?is)(?:^|\n)[ \t]*(?:draft |proposed )?(?:answer|ответ)(?:[^\n:]{0,20})?:[ \t]*(\S.*?)(?:\n\s*\n|\Z)"
)
ANSWER_WRAPPED = re.compile(r"(?is)<(?:draft_|proposed_)?answer\b[^>]*>(.*?)</(?:draft_|proposed_)?answer>")
SENTENCE = re.compile(r"[^.!?…\n]+(?:[.!?…]+|\n|$)")
ENDING_TAG = re.compile(r"</?[A-Za-z_]+[^>]*>")
SURE = 0.35  # share of the question's weight a passage must cover to count as an answer


@dataclass(frozen=True)
class Passage:
    """One numbered passage."""

    number: int
    text: str
    overlap: float = 0.0


@dataclass(frozen=True)
class Reading:
    """The prompt as the fake model understands it; `passages` are sorted by overlap, best first."""

    question: str
    passages: list[Passage] = field(default_factory=list)
    draft: str | None = None
    history: list[str] = field(default_factory=list)

    @property
    def best(self) -> Passage | None:
        return self.passages[0] if self.passages else None

    @property
    def answerable(self) -> bool:
        return self.best is not None and self.best.overlap >= SURE

    @property
    def confidence(self) -> float:
        """0..1, from how much of the question the best passage covers."""
        return 0.0 if self.best is None else round(min(1.0, 0.2 + 0.8 * self.best.overlap), 3)

    @property
    def russian(self) -> bool:
        return is_russian(self.question)

    @property
    def supported(self) -> bool:
        """Whether the passages hold (most of) the answer to check."""
        return self.draft is not None and all(covered(sentence, self.passages) for sentence in sentences(self.draft))


def read_prompt(request: ChatRequest) -> Reading:
    """Question, passages and draft of a request; passages may stand in any message."""
    users = [content_text(message) for message in request.messages if message["role"] == "user"]
    last = users[-1] if users else ""
    passages = [passage for message in request.messages for passage in _passages(content_text(message))]
    question = _question(last)
    return Reading(question, ranked(question, passages), _draft(last), users[:-1])


def _passages(text: str) -> list[Passage]:
    for pattern in (BRACKETED, TAGGED):
        marks = list(pattern.finditer(text))
        if marks:
            ends = [mark.start() for mark in marks[1:]] + [len(text)]
            return [
                Passage(int(mark.group(1)), _body(text[mark.end() : end]))
                for mark, end in zip(marks, ends, strict=True)
            ]
    return []


def _body(text: str) -> str:
    """A passage ends at a closing tag or where the question begins."""
    for stop in (re.search(r"</\w+>", text), LABELLED.search(text), ANSWER_LABELLED.search(text), WRAPPED.search(text)):
        if stop is not None:
            text = text[: stop.start()]
    return text.strip()


def _question(text: str) -> str:
    for pattern in (WRAPPED, LABELLED):
        found = pattern.findall(text)
        if found:
            return str(found[-1]).strip()
    first = BRACKETED.search(text) or TAGGED.search(text)
    if first is None:
        return text.strip()
    before = ENDING_TAG.sub(" ", text[: first.start()]).strip()
    if before:
        return before
    return text.strip().split("\n\n")[-1]


def _draft(text: str) -> str | None:
    found = ANSWER_WRAPPED.search(text) or ANSWER_LABELLED.search(text)
    return found.group(1).strip() if found else None


def ranked(question: str, passages: list[Passage]) -> list[Passage]:
    """By the share of the question's rare words that a passage has; equal ones in the given order."""
    bags = [set(stems(passage.text)) for passage in passages]
    frequency = Counter(stem for bag in bags for stem in bag)
    weights = {word: _weight(word, frequency[word], len(passages)) for word in set(stems(question))}
    total = sum(weights.values()) or 1.0
    scored = [
        Passage(passage.number, passage.text, sum(weights[word] for word in weights.keys() & bag) / total)
        for passage, bag in zip(passages, bags, strict=True)
    ]
    return sorted(scored, key=lambda passage: -passage.overlap)


def _weight(word: str, passages_with: int, passages: int) -> float:
    """Long and rare words say most; one that no passage has may just be a way of asking."""
    if passages_with == 0:
        return 0.5
    return math.log(1.5 + passages / passages_with) * min(len(word), 8) / 8


def sentences(text: str) -> list[str]:
    """Sentences, without citation marks."""
    clean = re.sub(r"\[\d+(?:\s*,\s*\d+)*\]", "", text)
    return [found.strip() for found in SENTENCE.findall(clean) if stems(found)]


def covered(sentence: str, passages: list[Passage]) -> bool:
    """Whether one passage holds at least 60 % of the sentence's words."""
    words = set(stems(sentence))
    return any(len(words & set(stems(passage.text))) >= 0.6 * len(words) for passage in passages)


def best_sentence(question: str, passage: Passage) -> str:
    """The sentence of a passage nearest to the question."""
    wanted = set(stems(question))
    found = sentences(passage.text) or [passage.text]
    return max(found, key=lambda sentence: len(wanted & set(stems(sentence))))
