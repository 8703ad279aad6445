"""An answer in the documents' own words: which sentences to take, and what must come with them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from supportbot.answerer.domain.matching import PassageMatch
from supportbot.answerer.domain.negation import is_negated
from supportbot.answerer.domain.ranking import Ranked
from supportbot.answerer.domain.reading import is_table_row
from supportbot.answerer.domain.sentence_choice import LEANS_BACK, Likely, likelihoods
from supportbot.answerer.domain.sentences import Sentence

SENTENCES: Final = 5
PASSAGES: Final = 3
ENOUGH: Final = 0.9
"""Sentences are taken until the answer is this likely among them,"""
WORDS: Final = 120
"""or there would be more words than anybody reads in a chat."""
_WORDS_IN_LIST: Final = 160
_WORDS_BETWEEN: Final = 25
"""A sentence of no more words than this between two that are taken is taken too: without it the text would jump."""
_NEAR: Final = 0.75
"""Another passage adds to the answer only where it scores at least this share of the best one's,"""
_AS_GOOD: Final = 0.6
"""and only sentences that say at least this share of what the best one says,"""
_RIVAL: Final = 0.1
"""and are this likely: what stands in another passage, or under another heading, was written about something else."""
_ROW_LEAD: Final = 0.1
"""A row of a table that says this much more of the question than all others is enough alone."""
_MINOR: Final = 1 / 3
"""A row that says less than this share of what another says of its own is not asked about: of "cleaning of teeth" only
"cleaning" tells the rows of a dentist's prices apart."""
_FEWEST_ROWS: Final = 2
_TOO_SHORT: Final = 2
_BARE_DENIAL: Final = 8
"""A denial of no more words than this leaves whoever asks without a way on; what follows it mostly names one."""
_ASKED_ABOVE: Final = 0.5
_ASKED_WHOLLY: Final = 0.8
_YES_OR_NO: Final = re.compile(r"(?:yes|no|да|нет)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Sentences of one passage that belong into the answer, by their numbers, in reading order."""

    ranked: Ranked
    match: PassageMatch
    chosen: tuple[int, ...]

    @property
    def runs(self) -> list[list[Sentence]]:
        """The chosen sentences, those that follow each other together."""
        runs: list[list[Sentence]] = []
        for place, number in enumerate(self.chosen):
            if place and self.chosen[place - 1] == number - 1:
                runs[-1].append(self.match.sentences[number].sentence)
            else:
                runs.append([self.match.sentences[number].sentence])
        return runs

    @property
    def headings(self) -> list[Sentence | None]:
        """For each run the heading inside the passage that it stands under, where the run before stands under another.

        None for the first: what it is about is what was asked.
        """
        starts = [one for place, one in enumerate(self.chosen) if not place or self.chosen[place - 1] != one - 1]
        above = [heading_of(self.match, start) for start in starts]
        return [
            self.match.sentences[one].sentence if place and one is not None and one != above[place - 1] else None
            for place, one in enumerate(above)
        ]


def extract(ranked: Sequence[Ranked]) -> list[Excerpt]:
    """The likeliest sentences of the best passages, and what they cannot be read without; best passage first."""
    near = near_best(ranked)
    read = [one.match for one in near if one.match is not None]
    chosen: list[set[int]] = [set() for _ in read]
    taken = used = 0
    sure = 0.0
    for one in _opening_first(near, likelihoods(near, candidates(near))):
        fresh = _with_company(read[one.passage], one.number) - chosen[one.passage]
        length = sum(_words(read[one.passage], number) for number in fresh)
        if taken == SENTENCES or sure >= ENOUGH:
            break
        is_aside = one.passage > 0 or not _same_section(read[one.passage], chosen[one.passage], one.number)
        if taken and (used + length > WORDS or (is_aside and one.probability < _RIVAL)):
            continue
        if taken and _other_row_leads(read[one.passage], one.number):
            sure += one.probability
            continue
        chosen[one.passage] |= fresh
        sure += one.probability
        taken, used = taken + bool(fresh), used + length
    pairs = zip(near, read, chosen, strict=True)
    found = [Excerpt(one, match, tuple(sorted(_without_jumps(match, some)))) for one, match, some in pairs if some]
    return found + _beside(found, ranked)


def _beside(found: Sequence[Excerpt], ranked: Sequence[Ranked]) -> list[Excerpt]:
    """What sections beside the best one say of the very same: "Sunday" stands in the opening hours of each shop.

    Lines of lists alone, of the same document, and only where no heading says more of the question than the others.
    """
    best = found[0].match if found else None
    line = None if best is None else _likeliest_line(best, found[0].chosen)
    if best is None or line is None:
        return []
    taken = {one.match.passage.chunk_id for one in found}
    beside: list[Excerpt] = []
    for one in ranked:
        match = one.match
        if match is None or match.passage.chunk_id in taken or not _stands_beside(best, match):
            continue
        same = _likeliest_line(match, range(len(match.sentences)))
        if same is not None and match.sentences[same].stems == best.sentences[line].stems:
            beside.append(Excerpt(one, match, tuple(sorted(_with_company(match, same)))))
    return beside[: PASSAGES - 1]


def _likeliest_line(match: PassageMatch, numbers: Iterable[int]) -> int | None:
    """Of these the item of a list, or row of a table, that says most of the question; none that says nothing of it."""
    listed = [one for one in numbers if match.sentences[one].sentence.kind in ("item", "row")]
    said = [one for one in listed if match.sentences[one].stems]
    return max(said, key=lambda one: match.sentences[one].score, default=None)


def _stands_beside(best: PassageMatch, other: PassageMatch) -> bool:
    one, two = best.passage, other.passage
    are_siblings = (one.document, one.headings[:-1]) == (two.document, two.headings[:-1])
    return are_siblings and one.headings != two.headings and other.heading_score >= best.heading_score


def _same_section(match: PassageMatch, chosen: set[int], number: int) -> bool:
    """Whether a sentence stands under the heading of one that is taken already."""
    return heading_of(match, number) in {heading_of(match, other) for other in chosen}


def heading_of(match: PassageMatch, number: int) -> int | None:
    """The number of the heading inside the passage that a sentence stands under; none above the first."""
    above = (place for place in range(number - 1, -1, -1) if match.sentences[place].sentence.kind == "heading")
    return next(above, None)


def _opening_first(near: Sequence[Ranked], likely: Sequence[Likely]) -> list[Likely]:
    """The likeliest first, but what stands under the question's own heading is read from its beginning."""
    is_headed = near and near[0].match is not None and near[0].match.lead_score >= _ASKED_WHOLLY
    opening = min((one.number for one in likely if one.passage == 0), default=None) if is_headed else None
    return sorted(likely, key=lambda one: one.passage != 0 or one.number != opening)


def near_best(ranked: Sequence[Ranked]) -> list[Ranked]:
    """The best passages that were read."""
    return [one for one in ranked[:PASSAGES] if one.match and one.total >= _NEAR * ranked[0].total]


def candidates(near: Sequence[Ranked]) -> list[tuple[int, int]]:
    """Passage and number of every sentence that may be an answer."""
    read = [one.match for one in near if one.match is not None]
    best = read[0].best if read else 0.0
    return [
        (place, number)
        for place, match in enumerate(read)
        for number, sentence in enumerate(match.sentences)
        if _can_answer(match, number) and (place == 0 or sentence.score >= _AS_GOOD * best)
    ]


def _without_jumps(match: PassageMatch, chosen: set[int]) -> set[int]:
    """With each short sentence that lies alone between two chosen ones of its paragraph."""
    between = {
        number
        for number in range(1, len(match.sentences) - 1)
        if number - 1 in chosen and number + 1 in chosen and _words(match, number) <= _WORDS_BETWEEN
    }
    return chosen | {number for number in between if match.sentences[number].sentence.kind == "sentence"}


def _can_answer(match: PassageMatch, number: int) -> bool:
    """No headings, no questions, and no yes or no to a question that is not the user's."""
    sentence = match.sentences[number].sentence
    if sentence.kind == "heading" or match.passage.text[sentence.end - 1] == "?":
        return False
    return match.heading_score >= _ASKED_ABOVE or not _YES_OR_NO.match(match.passage.text, sentence.start)


def _with_company(match: PassageMatch, number: int) -> set[int]:
    """A sentence with those that it cannot be read without."""
    sentences = [one.sentence for one in match.sentences]
    if sentences[number].kind == "item":
        return _list_with_intro(match, sentences, number)
    company = {number}
    follows = number + 1 < len(sentences) and sentences[number + 1].kind == "item"
    if follows and match.passage.text[: sentences[number].end].endswith(":"):
        return company | _list_with_intro(match, sentences, number + 1)
    if number + 1 < len(sentences) and _needs_the_next(match, number):
        company.add(number + 1)
    if number and LEANS_BACK.match(match.passage.text, sentences[number].start):
        before = sentences[number - 1]
        if before.kind == "sentence" and before.block == sentences[number].block:
            company.add(number - 1)
    return company


def _needs_the_next(match: PassageMatch, number: int) -> bool:
    """Whether it is but a word or two, or a bare denial, which the next sentence of its paragraph makes good."""
    if _words(match, number) <= _TOO_SHORT:
        return True
    one, following = match.sentences[number].sentence, match.sentences[number + 1].sentence
    is_denial = _words(match, number) <= _BARE_DENIAL and is_negated(match.passage.text[one.start : one.end])
    return is_denial and following.block == one.block and _words(match, number + 1) <= _WORDS_BETWEEN


def _list_with_intro(match: PassageMatch, sentences: Sequence[Sentence], number: int) -> set[int]:
    items = _block(match, number)
    asked = _asked_rows(match, items)
    if number in asked:
        return asked
    if sum(_words(match, place) for place in items) > _WORDS_IN_LIST:
        items = {number}
    before = min(_block(match, number)) - 1
    return items | {before} if before >= 0 and sentences[before].kind == "sentence" else items


def _block(match: PassageMatch, number: int) -> set[int]:
    """The items of the list, or the rows of the table, that this one belongs to."""
    sentences = [one.sentence for one in match.sentences]
    return {place for place, one in enumerate(sentences) if one.block == sentences[number].block}


def _other_row_leads(match: PassageMatch, number: int) -> bool:
    """Whether other rows of this sentence's table are asked about, and not this one."""
    asked = _asked_rows(match, _block(match, number))
    return bool(asked) and number not in asked


def _asked_rows(match: PassageMatch, items: set[int]) -> set[int]:
    """The rows of a table that are asked about; none where it is no table, or where no row stands out.

    Each has a word of the question that not every row has, and says hardly less than any other; and no other row has
    all that it has and more: "repair of shoes" is about both rows that begin so, but not about "repair of bags".
    """
    text = match.passage.text
    if len(items) < _FEWEST_ROWS or not all(is_table_row(text, match.sentences[place].sentence) for place in items):
        return set()
    said = {place: match.sentences[place].stems for place in items}
    own = {place: stems - frozenset.intersection(*said.values()) for place, stems in said.items()}
    rows = {place for place, stems in own.items() if stems and not any(stems < other for other in own.values())}
    least = min(match.sentences[place].score for place in items)
    worth = {place: match.sentences[place].score - least for place in rows}
    rows = {place for place in rows if worth[place] >= _MINOR * max(worth.values())}
    if rows:
        return rows if 2 * len(rows) <= len(items) or len(rows) == 1 else set()
    return {place for place in items if _leads(match, items - {place}, place)}


def _leads(match: PassageMatch, others: set[int], number: int) -> bool:
    """Whether a row says more of the question than the others, though perhaps in none of its very words."""
    return match.sentences[number].score >= max(match.sentences[place].score for place in others) + _ROW_LEAD


def _words(match: PassageMatch, number: int) -> int:
    sentence = match.sentences[number].sentence
    return len(match.passage.text[sentence.start : sentence.end].split())
