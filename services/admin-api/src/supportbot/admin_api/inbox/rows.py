"""Rows of the database as what the inbox shows."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from supportbot.admin_api.inbox.schemas import Analysis, Author, Listed, Passage, Said, SentFile, Stage, Suggestion
from supportbot.common.ids import ConversationId
from supportbot.common.web.quotes import mark_quotes, quotes_found, readable

PASSAGES_SHOWN = 3
_PREVIEW_LENGTH = 160
_NOTED_MOST = 12
_MARK = re.compile(r"\s*\[\d+\]")
_BY_CONCERN = ("failed", "uncertain", "sending", "waiting", "cancelled", "sent")


def listed(row: Row[Any], asked: Row[Any] | None, replied: Row[Any] | None, labels: Iterable[str] = ()) -> Listed:
    """A conversation with its last line; where somebody waits, with what they wait for."""
    preview: str
    author: Author
    open_question = _one_line(row.question or "")
    preview, author = (open_question, "visitor") if open_question else _preview(asked, replied)
    return Listed(
        id=ConversationId(row.id),
        channel=row.channel,
        chat=row.chat,
        user_name=row.user_name,
        mode=row.mode,
        last_seq=row.last_seq,
        done_seq=row.done_seq,
        out_seq=row.out_seq,
        active_at=row.active_at,
        waiting_since=row.waiting_since,
        reason=row.reason or "",
        preview=preview,
        preview_by=author,
        taken_by=row.taken_by or "",
        taken_by_id=row.taken_by_id,
        taken_at=row.taken_at,
        priority=row.priority or 0,
        snoozed_until=row.snoozed_until,
        snooze_is_over=bool(row.snooze_is_over),
        labels=tuple(sorted(labels)),
    )


def said_by_visitor(row: Row[Any], files: Sequence[Row[Any]] = ()) -> Said:
    """A row of `messages`, with those of `attachments` that came with it."""
    came = tuple(map(_sent_file, files))
    return Said(f"m{row.seq}", "visitor", "", row.kind, row.text, row.received_at, seq=row.seq, files=came)


def noted(row: Row[Any]) -> Said:
    """A row of `notes`."""
    return Said(f"n{row.id}", "note", row.author, "note", row.text, row.created_at)


def said_by_us(parts: Sequence[Row[Any]], answer: Row[Any] | None, files: Mapping[int, Row[Any]]) -> Said:
    """The parts of a reply in `outbound`, with how the machine came to it, or the file that it is or brings."""
    first = parts[0]
    by_machine, file, details = first.author == "machine", files.get(first.out_seq), first.details or {}
    return Said(
        key=f"r{first.out_seq}",
        author="machine" if by_machine else "person",
        author_name=first.author_name or str(details.get("replied_by", "")),
        kind=str(details.get("kind", "note")),
        text="" if "attachment" in details else "\n\n".join(part.body for part in parts),
        at=first.created_at,
        status=_worst(part.status for part in parts),
        vote=first.vote,
        vote_reason=first.reason or "",
        analysis=_analysis(answer) if by_machine and answer is not None else None,
        files=() if file is None else (_sent_file(file),),
    )


def _sent_file(row: Row[Any]) -> SentFile:
    return SentFile(row.id, row.conversation_id, row.kind, row.name, row.size)


def suggested(answer: Row[Any]) -> Suggestion:
    """A row of `answers` that was not sure enough: its text without the numbers of sources, which nobody would see."""
    return Suggestion(_MARK.sub("", answer.text).strip(), _analysis(answer))


def _worst(statuses: Iterable[str]) -> str:
    return min(statuses, key=_BY_CONCERN.index)


def _preview(asked: Row[Any] | None, replied: Row[Any] | None) -> tuple[str, Author]:
    """The newer of the last message and the last reply."""
    if replied is not None and (asked is None or replied.created_at >= asked.received_at):
        author: Author = "machine" if replied.author == "machine" else "person"
        return _one_line(replied.body), author
    if asked is None:
        return "", "visitor"
    return _one_line(asked.text) or ("" if asked.kind == "text" else asked.kind), "visitor"


def _one_line(text: str) -> str:
    return " ".join(text[: 2 * _PREVIEW_LENGTH].split())[:_PREVIEW_LENGTH]


def _analysis(answer: Row[Any]) -> Analysis:
    citations: Sequence[Mapping[str, Any]] = answer.citations or ()
    passages: Sequence[Mapping[str, Any]] = (answer.passages or ())[:PASSAGES_SHOWN]
    marks = tuple(_passage_of(citation, passages) for citation in citations)
    shown = tuple(_passage(number, passage, citations, marks) for number, passage in enumerate(passages, start=1))
    sure = float(answer.confidence)
    stages = tuple(_stage(stage) for stage in (answer.trace or {}).get("stages", ()))
    return Analysis(answer.decision, answer.reason, sure, answer.right_of_such, shown, marks, stages)


def _stage(stage: Mapping[str, Any]) -> Stage:
    told = [(name, _told(value)) for name, value in stage.items() if name not in {"stage", "ms"}]
    return Stage(str(stage.get("stage", "")), float(stage.get("ms", 0.0)), tuple(one for one in told if one[1]))


def _told(value: Any) -> str:
    """A note in a few words: of what has parts, the parts' names or how many there are."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_short(part)}" for name, part in list(value.items())[:_NOTED_MOST])
    if isinstance(value, list):
        plain = all(isinstance(part, str | int | float) for part in value)
        return ", ".join(_short(part) for part in value[:_NOTED_MOST]) if plain else str(len(value))
    return "" if value is None else _short(value)


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return "✓" if value else "–"
    return f"{value:.2f}" if isinstance(value, float) else str(value)[:_PREVIEW_LENGTH]


def _passage_of(citation: Mapping[str, Any], passages: Sequence[Mapping[str, Any]]) -> int:
    """The place of the passage from which a citation was taken; 0 where it is not among them."""
    for number, passage in enumerate(passages, start=1):
        same = passage.get("document") == citation.get("document")
        if same and quotes_found(str(passage.get("text", "")), [str(citation.get("quote", ""))]):
            return number
    return 0


def _passage(
    number: int, passage: Mapping[str, Any], citations: Sequence[Mapping[str, Any]], marks: Sequence[int]
) -> Passage:
    title = str(passage.get("title") or passage.get("document", ""))
    path = tuple(str(heading) for heading in passage.get("headings") or () if str(heading) != title)
    quotes = [str(citation.get("quote", "")) for citation, at in zip(citations, marks, strict=True) if at == number]
    text = str(passage.get("text", ""))
    pieces = mark_quotes(text, quotes) if quotes else ((readable(text), False),)
    for_operators = passage.get("audience", "public") != "public"
    return Passage(title, path, pieces, float(passage.get("score") or 0.0), number if quotes else 0, for_operators)
