"""Rows of the database as entries of a visitor's conversation."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from supportbot.gateway.domain.sources import page_of
from supportbot.gateway.domain.timeline import Asked, Entry, Replied, Source


def asked(row: Row[Any]) -> Asked:
    """A row of `messages`."""
    return Asked(row.seq, row.kind, row.text, row.received_at)


def replied(row: Row[Any]) -> Replied:
    """A row of `outbound`, with the vote on it."""
    details: Mapping[str, Any] = row.details or {}
    by_machine = row.author == "machine"
    confidence = details.get("confidence")
    kind = str(details.get("kind", "note" if by_machine else "operator"))
    return Replied(
        key=row.reply_key,
        out_seq=row.out_seq,
        author="machine" if by_machine else "person",
        author_name=row.author_name,
        kind=kind,
        text=row.body,
        confidence=float(confidence) if isinstance(confidence, int | float) else None,
        caveat=bool(details.get("caveat")),
        sources=sources_of(details),
        marks=marks_of(details) if kind == "answer" else (),  # a hint's text rests on nothing
        vote=row.vote,
        at=row.created_at,
        file_name=str((details.get("attachment") or {}).get("name", "")),
    )


def sources_of(details: Mapping[str, Any] | None) -> tuple[Source, ...]:
    """The places on which a reply rests, numbered from 1; citations of one place are one source."""
    places = _places(details)
    titles = Counter(_title(citations[0]) for citations in places.values())
    return tuple(
        Source(
            number=number,
            document=str(citations[0].get("document", "")),
            title=_title(citations[0]),
            quotes=tuple(str(citation.get("quote", "")) for citation in citations),
            headings=_headings(citations[0]),
            url=_web_address(str(citations[0].get("source") or "")),
            label=_label(citations[0], alone=titles[_title(citations[0])] == 1),
            page=page_of(citations[0]),
        )
        for number, citations in enumerate(places.values(), start=1)
    )


def marks_of(details: Mapping[str, Any] | None) -> tuple[int, ...]:
    """For each citation in the order of the text, the number of its source."""
    numbers = {place: number for number, place in enumerate(_places(details), start=1)}
    return tuple(numbers[_place(citation)] for citation in _citations(details))


def _citations(details: Mapping[str, Any] | None) -> Sequence[Mapping[str, Any]]:
    return (details or {}).get("citations") or ()


def _places(details: Mapping[str, Any] | None) -> dict[tuple[str, ...], list[Mapping[str, Any]]]:
    places: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for citation in _citations(details):
        places.setdefault(_place(citation), []).append(citation)
    return places


def _place(citation: Mapping[str, Any]) -> tuple[str, ...]:
    return (str(citation.get("document", "")), str(page_of(citation)), *_headings(citation))


def _headings(citation: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(map(str, citation.get("headings") or ()))


def _title(citation: Mapping[str, Any]) -> str:
    return str(citation.get("title") or citation.get("document", ""))


def _label(citation: Mapping[str, Any], *, alone: bool) -> str:
    headings = _headings(citation)
    return _title(citation) if alone or not headings else headings[-1]


def in_order(asked_entries: Sequence[Asked], replied_entries: Sequence[Replied]) -> list[Entry]:
    """Everything by the moment at which the database stored it; at the same moment, questions first."""
    entries: list[Entry] = [*asked_entries, *replied_entries]
    return sorted(entries, key=lambda entry: (entry.at, isinstance(entry, Replied), _number(entry)))


def _number(entry: Entry) -> int:
    return entry.seq if isinstance(entry, Asked) else entry.out_seq


def _web_address(source: str) -> str:
    """Only what a link may safely open; a path in the documents folder is no link."""
    return source if source.startswith(("https://", "http://")) else ""
