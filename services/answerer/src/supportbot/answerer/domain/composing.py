"""Quoted sentences as the text of an answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from supportbot.answerer.domain.answer import Citation
from supportbot.answerer.domain.extraction import Excerpt
from supportbot.answerer.domain.reading import readable


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer's text with where each part of it stands."""

    text: str
    citations: tuple[Citation, ...]


def compose(excerpts: Sequence[Excerpt]) -> Composed:
    """Excerpts as one text, a paragraph per passage, and a citation for every stretch of a passage."""
    paragraphs = [_written(excerpt) for excerpt in excerpts]
    citations = [citation for excerpt in excerpts for citation in _cited(excerpt)]
    return Composed("\n\n".join(paragraph for paragraph in paragraphs if paragraph), tuple(citations))


def _written(excerpt: Excerpt) -> str:
    """Stretches of prose follow each other in a line; beside a list or under another heading each stands alone."""
    text, runs = excerpt.match.passage.text, excerpt.runs
    parts = _heading_of_list(excerpt)
    for run, heading in zip(runs, excerpt.headings, strict=True):
        parts += [_as_heading(readable(text, [heading]))] if heading else []
        parts.append(readable(text, run))
    is_parted = any(excerpt.headings) or any(one.kind in ("item", "row") for run in runs for one in run)
    return ("\n" if is_parted or any("\n" in part for part in parts) else " ").join(parts)


def _heading_of_list(excerpt: Excerpt) -> list[str]:
    """What a list is about, where nothing before it says so: of which shop would "Sunday closed" be?"""
    passage, run = excerpt.match.passage, excerpt.runs[0]
    listed = next((place for place, one in enumerate(run) if one.kind in ("item", "row")), None)
    if not passage.headings or listed is None:
        return []
    is_introduced = listed > 0 and passage.text[: run[listed - 1].end].endswith(":")
    return [] if is_introduced else [_as_heading(passage.headings[-1])]


def _as_heading(text: str) -> str:
    return text if text.endswith("?") else f"{text.rstrip(' .:')}:"


def _cited(excerpt: Excerpt) -> list[Citation]:
    passage = excerpt.match.passage
    quotes = [passage.text[run[0].start : run[-1].end] for run in excerpt.runs]
    return [Citation.of(passage, quote) for quote in quotes]
