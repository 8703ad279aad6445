"""Rows and records: lists of questions become questions with answers, other tables lines that name their cells."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from supportbot.indexer.adapters.encodings import decode
from supportbot.indexer.adapters.tables import plain_rows
from supportbot.indexer.domain.outline import Outline
from supportbot.indexer.domain.parsed import ParsedDocument
from supportbot.indexer.domain.refusals import refusal
from supportbot.indexer.domain.titles import title_from_path

_QUESTIONS: Final = ("question", "questions", "q", "вопрос", "вопросы", "prompt", "query")
_ANSWERS: Final = ("answer", "answers", "a", "ответ", "ответы", "response", "reply")
_GROUPS: Final = ("category", "section", "topic", "group", "категория", "раздел", "тема")
_DELIMITERS: Final = (",", ";", "\t", "|")
_LONGEST_FIELD: Final = 1_000_000
_SAMPLE: Final = 20
_DEEPEST: Final = 4


def read_csv(path: str, content: bytes) -> ParsedDocument:
    """A table with commas, semicolons, tabs or bars between its cells. Formulas are text.

    Raises:
        UnreadableDocumentError: it is empty, or no text.
    """
    decoded = decode(content)
    csv.field_size_limit(_LONGEST_FIELD)
    try:
        rows = [row for row in csv.reader(io.StringIO(decoded.text), delimiter=_delimiter(decoded.text)) if any(row)]
    except csv.Error as error:
        raise refusal("not_text") from error
    outline = Outline(title_from_path(path))
    add_rows(outline, rows, 1)
    return ParsedDocument(outline.title, outline.finish(), warnings=(decoded.warning,) if decoded.warning else ())


def read_json(path: str, content: bytes) -> ParsedDocument:
    """A list of questions and answers, alone or in sections. Raises UnreadableDocumentError."""
    decoded = decode(content)
    try:
        found = json.loads(decoded.text)
    except RecursionError as error:
        raise refusal("no_records") from error
    except json.JSONDecodeError as error:
        raise refusal("bad_json", line=error.lineno) from error
    return _read_records(path, found)


def read_json_lines(path: str, content: bytes) -> ParsedDocument:
    """A record on each line. Raises UnreadableDocumentError."""
    records = []
    for number, line in enumerate(decode(content).text.splitlines(), start=1):
        try:
            if line.strip():
                records.append(json.loads(line))
        except (json.JSONDecodeError, RecursionError) as error:
            raise refusal("bad_json", line=number) from error
    return _read_records(path, records)


def add_rows(outline: Outline, rows: Sequence[Sequence[str]], level: int) -> None:
    """A table: what stands alone above it as a paragraph, questions as headings of this level over their answers."""
    start = _first_full(rows)
    outline.add("paragraph", [" ".join(cell for cell in row if cell) for row in rows[:start]])
    table = rows[start:]
    if not table:
        return
    names = [cell.strip().casefold() for cell in table[0]]
    if _place(names, _QUESTIONS) is None or _place(names, _ANSWERS) is None:
        outline.add("table", plain_rows(table))
    else:
        _add_pairs(outline, [dict(zip(names, row, strict=False)) for row in table[1:]], level)


def _read_records(path: str, found: Any) -> ParsedDocument:
    outline = Outline(title_from_path(path))
    _add_records(outline, found, 1)
    sections = outline.finish()
    if not sections:
        raise refusal("no_records")
    return ParsedDocument(outline.title, sections)


def _add_records(outline: Outline, found: Any, level: int) -> None:
    """Records in a list; in an object, the lists under its names, or questions that are names of their answers."""
    if isinstance(found, list):
        records = [_named(record) for record in found if isinstance(record, dict)]
        if records and _is_pair(records[0]):
            _add_pairs(outline, records, level)
        elif records and len(records) == len(found):
            outline.add("table", plain_rows([[str(name) for name in records[0]], *map(_values, _aligned(records))]))
    elif isinstance(found, dict) and level <= _DEEPEST:
        if _is_pair(_named(found)):
            _add_pairs(outline, [_named(found)], level)
            return
        for name, inner in found.items():
            if isinstance(inner, str) and "?" in name:
                _add_pair(outline, name, inner, level)
            elif isinstance(inner, list | dict):
                outline.leave(level)
                outline.heading(level, "" if len(found) == 1 else str(name))
                _add_records(outline, inner, level + 1)


def _add_pairs(outline: Outline, records: Sequence[Mapping[str, Any]], level: int) -> None:
    group = ""
    for record in records:
        named = _value(record, _GROUPS)
        if named and named != group:
            outline.leave(level)
            outline.heading(level, named)
        group = named or group
        _add_pair(outline, *_pair(record), level + 1 if group else level)


def _add_pair(outline: Outline, question: str, answer: str, level: int) -> None:
    if question.strip() and answer.strip():
        outline.leave(level)
        outline.heading(level, question)
        outline.add("paragraph", [answer.strip()])


def _pair(record: Mapping[str, Any]) -> tuple[str, str]:
    """A question and its answer; other wordings of the question stand below the answer."""
    asked = next((record[name] for name in _QUESTIONS if name in record), "")
    wordings = [str(one) for one in asked] if isinstance(asked, list) else [str(asked)]
    return wordings[0] if wordings else "", "\n\n".join([_value(record, _ANSWERS), *wordings[1:]])


def _value(record: Mapping[str, Any], names: Sequence[str]) -> str:
    found = next((record[name] for name in names if record.get(name)), "")
    return "\n\n".join(map(str, found)) if isinstance(found, list) else str(found).strip()


def _named(record: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name).strip().casefold(): value for name, value in record.items()}


def _is_pair(record: Mapping[str, Any]) -> bool:
    return any(name in record for name in _QUESTIONS) and any(name in record for name in _ANSWERS)


def _aligned(records: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    return ({name: record.get(name) for name in records[0]} for record in records)


def _values(record: Mapping[str, Any]) -> list[str]:
    flat = (value for value in record.values())
    return ["" if value is None or isinstance(value, list | dict) else str(value) for value in flat]


def _place(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((place for place, name in enumerate(names) if name in wanted), None)


def _first_full(rows: Sequence[Sequence[str]]) -> int:
    """Where a table begins below what is only its title."""
    alone = (sum(bool(cell.strip()) for cell in row) <= 1 < len(row) for row in rows)
    return next((place for place, is_alone in enumerate(alone) if not is_alone), 0)


def _delimiter(text: str) -> str:
    """The sign that cuts most lines at the top into equally many cells, and more than one."""
    lines = [line for line in text.splitlines() if line.strip()][:_SAMPLE]

    def agreeing(delimiter: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        most = max(set(widths), key=widths.count, default=1)
        return (widths.count(most), most) if most > 1 else (0, 0)

    return max(_DELIMITERS, key=agreeing)
