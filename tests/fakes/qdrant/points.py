"""Points: from the interface's JSON to the engine's objects and back."""

from typing import Any
from uuid import UUID

import qdrant_edge as edge

from tests.fakes.qdrant.conditions import read_id
from tests.fakes.qdrant.errors import invalid, unreadable


def read_points(body: dict[str, Any]) -> list[edge.Point]:
    """The points of an upsert."""
    given = body.get("points")
    if not isinstance(given, list):
        raise unreadable("data did not match any variant of untagged enum PointInsertOperations")
    return [_point(number, one) for number, one in enumerate(given)]


def read_ids(given: Any) -> list[int | UUID]:
    if not isinstance(given, list):
        raise unreadable("invalid type: expected a sequence of point ids")
    return [read_id(one) for one in given]


def read_vector(where: str, given: Any) -> Any:
    """A dense or sparse vector."""
    if isinstance(given, list):
        return [float(value) for value in given]
    if not isinstance(given, dict) or set(given) != {"indices", "values"}:
        raise unreadable("data did not match any variant of untagged enum Vector")
    indices, values = given["indices"], given["values"]
    if len(indices) != len(values):
        raise invalid(where, "must be the same length as indices")
    if len(set(indices)) != len(indices):
        raise invalid(f"{where}.indices", "must be unique")
    if any(not isinstance(index, int) or not 0 <= index < 1 << 32 for index in indices):
        raise unreadable("invalid value: expected u32")
    return edge.SparseVector(indices, [float(value) for value in values])


def selected_payload(given: Any, *, default: bool) -> Any:
    """Which payload is wanted."""
    match given:
        case None:
            return default
        case bool() | list():
            return given
        case {"include": list(keys)}:
            return edge.PayloadSelector.Include(keys)
        case {"exclude": list(keys)}:
            return edge.PayloadSelector.Exclude(keys)
    raise unreadable("data did not match any variant of untagged enum WithPayloadInterface")


def shown_id(given: Any) -> int | str:
    return given if isinstance(given, int) else str(given)


def shown_record(record: Any) -> dict[str, Any]:
    """A point as it is answered."""
    shown: dict[str, Any] = {"id": shown_id(record.id), "payload": record.payload}
    if record.vector is not None:
        shown["vector"] = _shown_vectors(record.vector)
    return shown


def shown_hit(point: Any) -> dict[str, Any]:
    """A found point as it is answered."""
    return {**shown_record(point), "version": point.version, "score": point.score}


def _point(number: int, given: Any) -> edge.Point:
    if not isinstance(given, dict) or "id" not in given or "vector" not in given:
        raise unreadable("data did not match any variant of untagged enum PointInsertOperations")
    where = f"points[{number}].vector"
    vector: Any = given["vector"]
    if isinstance(vector, dict):
        vector = {name: read_vector(f"{where}.{name}", one) for name, one in vector.items()}
    else:
        vector = read_vector(where, vector)
    return edge.Point(read_id(given["id"]), vector, given.get("payload") or {})


def _shown_vectors(vector: Any) -> Any:
    if not isinstance(vector, dict):
        return vector
    return {
        name: {"indices": list(one.indices), "values": list(one.values)} if isinstance(one, edge.SparseVector) else one
        for name, one in vector.items()
    }
