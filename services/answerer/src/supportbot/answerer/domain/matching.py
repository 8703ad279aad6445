"""What of a query each sentence of a passage says."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from supportbot.answerer.domain.analysis import Analysis, Said, analyse
from supportbot.answerer.domain.answer_kind import Kind, offers
from supportbot.answerer.domain.relating import Related
from supportbot.answerer.domain.sentences import Sentence
from supportbot.common.knowledge.passages import Passage

ALIKE: Final = 0.6
"""Words that are less alike than this have nothing to do with each other; flat between 0.5 and 0.7."""
SHORTEST_BEGINNING: Final = 4


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a query with their worth (weight times idf), each kind adding up to 1."""

    stems: Mapping[str, float]
    grams: Mapping[str, float]
    asked: frozenset[str] = frozenset()
    """Stems of all words of the question, also those that say nothing alone: "where is" is not "when is"."""
    information: float = 0.0
    """What the stems are worth together, in the worth of a word that only one passage has."""
    related: Related = field(default_factory=dict)
    heard: Mapping[str, str] = field(default_factory=dict)
    """Stem → the sounds of the word that it is of."""
    kind: Kind | None = None
    """What kind of thing is asked for."""


@dataclass(frozen=True, slots=True)
class SentenceMatch:
    """A sentence and which of the query's terms it has."""

    sentence: Sentence
    stems: frozenset[str]
    grams: frozenset[str]
    score: float
    asked: float = 0.0
    """Share of all words of the question, "when" and "after" among them, that it has."""
    offers: bool | None = None
    """Whether it has a thing of the kind that is asked for; None where the question asks for no kind."""
    fresh: int = 0
    """Number of content words that it has and the question has not."""


@dataclass(frozen=True, slots=True)
class PassageMatch:
    """A passage, sentence by sentence."""

    passage: Passage
    sentences: tuple[SentenceMatch, ...]
    stems: frozenset[str]
    """The query's stems that it has anywhere, title and headings included."""
    title_score: float
    """How much of the query its document's title says."""
    heading_score: float
    """How much of the query the heading right above it says; the title where there is none."""
    likeness: float
    """How nearly its title or one of its headings is the question, word by word (Dice's coefficient)."""
    coverage: float = 0.0
    """How much of the query it says anywhere: the word itself, one with the same beginning, or a related one."""
    asked: float = 0.0
    """Share of all words of the question that it has anywhere in its text."""

    @property
    def lead_score(self) -> float:
        """How much of the query is said above it: its beginning is then the answer, though it may not repeat it."""
        return max(self.heading_score, self.title_score if self.passage.position == 0 else 0.0)

    @property
    def best(self) -> float:
        """How much of the query its best sentence says."""
        return max((match.score for match in self.sentences), default=0.0)

    @property
    def offered(self) -> float:
        """The same of the sentences that have a thing of the kind that is asked for."""
        return max((match.score for match in self.sentences if match.offers is not False), default=0.0)


def match_passage(passage: Passage, terms: Terms) -> PassageMatch:
    """Compare a passage with a query."""
    analysis = analyse(passage)
    grams = [gram for gram in terms.grams if gram in analysis.heard]
    title, _, title_score = _worth(analysis.title, grams, terms)
    last, _, last_score = _worth(analysis.heading, grams, terms)
    sentences = tuple(
        _match_sentence(passage.text, place, said, grams, terms)
        for place, said in zip(analysis.places, analysis.sentences, strict=True)
    )
    above = terms.stems.keys() & analysis.above
    found = title.union(last, above, *(match.stems for match in sentences))
    likeness = max(_likeness(heading, terms) for heading in analysis.headings)
    return PassageMatch(
        passage, sentences, found, title_score, last_score, likeness,
        _coverage(analysis, found, terms), _asked(analysis.sentences, terms),
    )  # fmt: skip


def _match_sentence(text: str, place: Sentence, said: Said, grams: Iterable[str], terms: Terms) -> SentenceMatch:
    offered = None
    if terms.kind is not None:
        offered = offers(terms.kind, text[place.start : place.end], said.stems, terms.asked)
    fresh = sum(stem not in terms.asked for stem in said.stems)
    return SentenceMatch(place, *_worth(said, grams, terms), _asked([said], terms), offered, fresh)


def _asked(said: Iterable[Said], terms: Terms) -> float:
    found = {stem for one in said for stem in (*one.stems, *one.small) if stem in terms.asked}
    return len(found) / max(1, len(terms.asked))


def _coverage(analysis: Analysis, found: frozenset[str], terms: Terms) -> float:
    missing = terms.stems.keys() - found
    said = said_anywhere(analysis, missing, terms)
    covered = sum(terms.stems[stem] for stem in found)
    for stem in missing:
        alike = _alike(terms.heard.get(stem, ""), analysis.heard)
        covered += terms.stems[stem] * max(said.get(stem, 0.0), alike if alike >= ALIKE else 0.0)
    return covered


def said_anywhere(analysis: Analysis, missing: Collection[str], terms: Terms) -> dict[str, float]:
    """Of the missing stems those that the passage says in related words, and how well."""
    stems = {stem for said in (analysis.title, *analysis.sentences) for stem in said.stems} | analysis.above
    return standing_in(stems, missing, terms)


def _alike(word: str, heard: str) -> float:
    """Dice's coefficient of a word's sounds and the longest beginning that a word among those heard shares with it."""
    shared = next((n for n in range(len(word), SHORTEST_BEGINNING - 1, -1) if f"<{word[:n]}" in heard), 0)
    if not shared:
        return 0.0
    ends = heard.split(f"<{word[:shared]}")[1:]
    return max(2 * shared / (len(word) + shared + end.index(">")) for end in ends)


def _likeness(said: frozenset[str], terms: Terms) -> float:
    """Of the stems of a title or heading; words that stand for the same one of the other side count as one."""
    shared = said & terms.asked
    here, asked = said - shared, terms.asked - shared
    meant = standing_in(here, asked, terms)
    meaning = [max(standing_in([word], asked, terms).values(), default=0.0) for word in here] if meant else []
    alike = 2 * len(shared) + sum(meant.values()) + sum(meaning)
    return alike / ((len(said) + len(terms.asked)) or 1)


def standing_in(said: Iterable[str], missing: Collection[str], terms: Terms) -> dict[str, float]:
    """Of the missing stems those that a related word stands for, and how well."""
    found: dict[str, float] = {}
    for word in said if terms.related else ():
        if word in terms.related:
            for meant, strength in terms.related[word].items():
                if meant in missing:
                    found[meant] = max(strength, found.get(meant, 0.0))
    return found


def _worth(said: Said, grams: Iterable[str], terms: Terms) -> tuple[frozenset[str], frozenset[str], float]:
    """The terms that a stretch of text has, of the grams those among `grams`, and what they are worth."""
    stems = [stem for stem in said.stems if stem in terms.stems]
    heard = [gram for gram in grams if gram in said.heard]
    score = sum([terms.stems[stem] for stem in stems]) + sum([terms.grams[gram] for gram in heard])
    for meant, strength in standing_in(said.stems, terms.stems.keys() - stems, terms).items():
        score += terms.stems[meant] * strength
    return frozenset(stems), frozenset(heard), score / 2
