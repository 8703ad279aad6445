"""Rows of the database as entries of a visitor's conversation."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from supportbot.gateway.domain.timeline import Asked, Entry, Replied, Source


def asked(row: Row[Any]) -> Asked:
    """A row of `messages`."""
    return Asked(row.seq, row.kind, row.text, row.received_at)


def replied(row: Row[Any]) -> Replied:
    """A row of `outbound`, with the vote on it."""
    details: Mapping[str, Any] = row.details or {}
    by_machine = row.author == "machine"
    confidence = details.get("confidence")
    return Replied(
        key=row.reply_key,
        out_seq=row.out_seq,
        author="machine" if by_machine else "person",
        author_name=row.author_name,
        kind=str(details.get("kind", "note" if by_machine else "operator")),
        text=row.body,
        confidence=float(confidence) if isinstance(confidence, int | float) else None,
        caveat=bool(details.get("caveat")),
        sources=sources_of(details),
        vote=row.vote,
        at=row.created_at,
    )


def sources_of(details: Mapping[str, Any] | None) -> tuple[Source, ...]:
    """The citations of a reply, numbered from 1 as its text numbers them."""
    citations = (details or {}).get("citations") or ()
    return tuple(
        Source(
            number=number,
            document=str(citation.get("document", "")),
            title=str(citation.get("title") or citation.get("document", "")),
            quote=str(citation.get("quote", "")),
            headings=tuple(map(str, citation.get("headings") or ())),
            url=_web_address(str(citation.get("source") or "")),
        )
        for number, citation in enumerate(citations, start=1)
    )


def in_order(asked_entries: Sequence[Asked], replied_entries: Sequence[Replied]) -> list[Entry]:
    """Everything by the moment at which the database stored it; at the same moment, questions first."""
    entries: list[Entry] = [*asked_entries, *replied_entries]
    return sorted(entries, key=lambda entry: (entry.at, isinstance(entry, Replied), _number(entry)))


def _number(entry: Entry) -> int:
    return entry.seq if isinstance(entry, Asked) else entry.out_seq


def _web_address(source: str) -> str:
    """Only what a link may safely open; a path in the documents folder is no link."""
    return source if source.startswith(("https://", "http://")) else ""
