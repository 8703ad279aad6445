"""Filters: from the interface's JSON to the engine's objects."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

import qdrant_edge as edge

from tests.fakes.qdrant.errors import QdrantError, unreadable

_CLAUSES: Final = ("should", "min_should", "must", "must_not")
_MATCHES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "value": edge.MatchValue,
    "any": edge.MatchAny,
    "except": edge.MatchExcept,
    "text": edge.MatchText,
    "text_any": edge.MatchTextAny,
    "phrase": edge.MatchPhrase,
    "prefix": edge.MatchPrefix,
}


def read_filter(given: Any) -> edge.Filter | None:
    """A filter, or None where none is given."""
    if given is None:
        return None
    if not isinstance(given, dict):
        raise unreadable("invalid type: expected struct Filter")
    unknown = [key for key in given if key not in _CLAUSES]
    if unknown:
        raise unreadable(f"unknown field `{unknown[0]}`, expected one of {', '.join(f'`{c}`' for c in _CLAUSES)}")
    return edge.Filter(
        must=_conditions(given.get("must")),
        should=_conditions(given.get("should")),
        must_not=_conditions(given.get("must_not")),
        min_should=_min_should(given.get("min_should")),
    )


def read_id(given: Any) -> int | UUID:
    """A point's id."""
    if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
        return given
    try:
        return UUID(given)
    except (ValueError, TypeError, AttributeError):
        raise unreadable(
            f"value {given} is not a valid point ID, valid values are either an unsigned integer or a UUID"
        ) from None


def _conditions(given: Any) -> list[Any] | None:
    if given is None:
        return None
    return [_condition(one) for one in (given if isinstance(given, list) else [given])]


def _condition(given: Any) -> Any:
    if not isinstance(given, dict):
        raise _no_condition()
    made: Any
    match given:
        case {"has_id": list(ids)}:
            made = edge.HasIdCondition({read_id(one) for one in ids})
        case {"is_empty": {"key": str(key)}}:
            made = edge.IsEmptyCondition(key)
        case {"is_null": {"key": str(key)}}:
            made = edge.IsNullCondition(key)
        case {"has_vector": str(name)}:
            made = edge.HasVectorCondition(name)
        case {"nested": {"key": str(key), "filter": dict(inner)}}:
            made = edge.NestedCondition(key, read_filter(inner) or edge.Filter())
        case {"key": str(key)}:
            made = _field(key, given)
        case _ if given and all(key in _CLAUSES for key in given):
            made = read_filter(given)
        case _:
            raise _no_condition()
    return made


def _field(key: str, given: Mapping[str, Any]) -> edge.FieldCondition:
    try:
        if given.get("match") is not None:
            ((kind, value),) = given["match"].items()
            return edge.FieldCondition(key, match=_MATCHES[kind](value))
        if given.get("range") is not None:
            return edge.FieldCondition(key, range=edge.RangeFloat(**given["range"]))
        if given.get("values_count") is not None:
            return edge.FieldCondition(key, values_count=edge.ValuesCount(**given["values_count"]))
    except (KeyError, ValueError, TypeError, AttributeError):
        raise _no_condition() from None
    raise _no_condition()


def _min_should(given: Any) -> edge.MinShould | None:
    if given is None:
        return None
    try:
        return edge.MinShould([_condition(one) for one in given["conditions"]], given["min_count"])
    except (KeyError, TypeError):
        raise unreadable("invalid `min_should`") from None


def _no_condition() -> QdrantError:
    return unreadable("data did not match any variant of untagged enum Condition")
