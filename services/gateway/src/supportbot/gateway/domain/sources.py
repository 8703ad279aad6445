"""The places on which an answer rests: what is cited of one place in the documents is one source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from supportbot.common.i18n import translate
from supportbot.common.plain_text import clean_text

ADDRESS_LENGTH = 640
SOURCES_SHOWN = 5
HINTING = ("escalation", "unanswered")
"""Kinds of messages that may name places where an answer may stand, for whoever waits for one."""
NAMING_PLACES = ("answer", *HINTING)
"""Kinds of messages that may name places in the documents at all."""
_JOINT = " › "


@dataclass(frozen=True, slots=True)
class CitedPlace:
    """A place with the numbers by which the text names it, and what is quoted of it."""

    numbers: tuple[int, ...]
    document: str
    path: str
    """Title and headings."""
    url: str
    page: int
    quotes: tuple[str, ...]

    def named(self, language: str) -> str:
        """Title, page and headings: the page first, as what is too long is cut at its end."""
        title, joint, headings = self.path.partition(_JOINT)
        page = f", {translate('source.page', language, page=self.page)}" if self.page else ""
        return f"{title}{page}{joint}{headings}"


def cited_places(details: Mapping[str, Any]) -> tuple[CitedPlace, ...]:
    """The places behind a reply, in the order in which its text names them."""
    citations = details.get("citations")
    known = [one for one in citations if isinstance(one, Mapping)] if isinstance(citations, Sequence) else []
    places: dict[tuple[str, str, str, int], list[tuple[int, str]]] = {}
    for number, citation in enumerate(known[:SOURCES_SHOWN], start=1):
        place = (str(citation.get("document") or ""), _path(citation), _address(citation), page_of(citation))
        places.setdefault(place, []).append((number, str(citation.get("quote") or "")))
    if len(places) == 1:
        (place, named) = next(iter(places.items()))
        return (CitedPlace((1,), *place, tuple(quote for _, quote in named)),)
    return tuple(
        CitedPlace(tuple(number for number, _ in named), *place, tuple(quote for _, quote in named))
        for place, named in places.items()
    )


def page_of(citation: Mapping[str, Any]) -> int:
    """The page on which a cited passage begins; 0 where its document has none."""
    page = citation.get("page")
    return page if isinstance(page, int) and page > 0 else 0


def _path(citation: Mapping[str, Any]) -> str:
    headings = citation.get("headings") or ()
    title = str(citation.get("title") or citation.get("document") or "—")
    parts = [title, *(str(heading) for heading in headings if str(heading) != title)]
    return _JOINT.join(" ".join(clean_text(part).split()) for part in parts)


def _address(citation: Mapping[str, Any]) -> str:
    """Only what a link may safely open; a path in the documents folder is no link."""
    source = clean_text(str(citation.get("source") or ""))
    usable = source.startswith(("https://", "http://")) and len(source) <= ADDRESS_LENGTH and source.isascii()
    return source if usable and not any(character in " <>\"'\\" for character in source) else ""
