"""One collection: a shard of the engine and what was said when it was made, in a folder that outlives the process."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import qdrant_edge as edge

from tests.fakes.qdrant.conditions import read_filter, read_id
from tests.fakes.qdrant.configuration import engine_config, read_schema, schema_name, shown_config
from tests.fakes.qdrant.errors import invalid, not_spoken, of_the_engine, unreadable
from tests.fakes.qdrant.points import (
    read_ids,
    read_points,
    read_vector,
    selected_payload,
    shown_hit,
    shown_id,
    shown_record,
)

Json = dict[str, Any]
_MODES = {
    "upsert": edge.UpdateMode.Upsert,
    "insert_only": edge.UpdateMode.InsertOnly,
    "update_only": edge.UpdateMode.UpdateOnly,
}


class StoredCollection:
    """Answers the requests about points; each method takes the request's JSON and returns the result's."""

    def __init__(self, body: Json, shard: edge.EdgeShard) -> None:
        self._body = body
        self._shard = shard
        self._operations = 0

    @classmethod
    def make(cls, folder: Path, body: Json) -> Self:
        """A new collection in an empty folder."""
        config = engine_config(body)
        folder.mkdir(parents=True)
        shard = edge.EdgeShard.create(str(folder / "shard"), config)
        (folder / "collection.json").write_text(json.dumps(body), encoding="utf-8")
        return cls(body, shard)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """A collection that an earlier process left."""
        body = json.loads((folder / "collection.json").read_text(encoding="utf-8"))
        return cls(body, edge.EdgeShard.load(str(folder / "shard")))

    def close(self) -> None:
        self._shard.flush()
        self._shard.close()

    def info(self) -> Json:
        found = self._shard.info()
        return {
            "status": "green",
            "optimizer_status": "ok",
            "indexed_vectors_count": found.indexed_vectors_count,
            "points_count": found.points_count,
            "segments_count": found.segments_count,
            "config": shown_config(self._body),
            "payload_schema": {
                name: {"data_type": schema_name(index.data_type), "points": index.points}
                for name, index in found.payload_schema.items()
            },
        }

    # changes

    def create_index(self, body: Json) -> Json:
        field = body.get("field_name")
        if not isinstance(field, str):
            raise unreadable("missing field `field_name`")
        return self._update(edge.UpdateOperation.create_field_index(field, read_schema(body.get("field_schema"))))

    def delete_index(self, field: str) -> Json:
        return self._update(edge.UpdateOperation.delete_field_index(field))

    def upsert(self, body: Json) -> Json:
        mode = _MODES[body.get("update_mode") or "upsert"]
        points = read_points(body)
        return self._update(edge.UpdateOperation.upsert_points(points, read_filter(body.get("update_filter")), mode))

    def delete(self, body: Json) -> Json:
        make = edge.UpdateOperation
        return self._update(_chosen(body, make.delete_points, make.delete_points_by_filter))

    def set_payload(self, body: Json) -> Json:
        make, payload, key = edge.UpdateOperation, body.get("payload"), body.get("key")
        if not isinstance(payload, dict):
            raise unreadable("missing field `payload`")
        return self._update(
            _chosen(
                body,
                lambda ids: make.set_payload(ids, payload, key),
                lambda matching: make.set_payload_by_filter(matching, payload, key),
            )
        )

    def overwrite_payload(self, body: Json) -> Json:
        make, payload = edge.UpdateOperation, body.get("payload")
        if not isinstance(payload, dict):
            raise unreadable("missing field `payload`")
        return self._update(
            _chosen(
                body,
                lambda ids: make.overwrite_payload(ids, payload),
                lambda matching: make.overwrite_payload_by_filter(matching, payload),
            )
        )

    def delete_payload(self, body: Json) -> Json:
        make, keys = edge.UpdateOperation, body.get("keys")
        if not isinstance(keys, list):
            raise unreadable("missing field `keys`")
        return self._update(
            _chosen(
                body,
                lambda ids: make.delete_payload(ids, keys),
                lambda matching: make.delete_payload_by_filter(matching, keys),
            )
        )

    def clear_payload(self, body: Json) -> Json:
        make = edge.UpdateOperation
        return self._update(_chosen(body, make.clear_payload, make.clear_payload_by_filter))

    def batch(self, body: Json) -> list[Json]:
        """Several changes in their order; what was done before a refusal stays done."""
        known: dict[str, Callable[[Json], Json]] = {
            "upsert": self.upsert,
            "delete": self.delete,
            "set_payload": self.set_payload,
            "overwrite_payload": self.overwrite_payload,
            "delete_payload": self.delete_payload,
            "clear_payload": self.clear_payload,
        }
        results = []
        for operation in _listed(body, "operations"):
            ((kind, given),) = operation.items()
            if kind not in known:
                raise unreadable("data did not match any variant of untagged enum UpdateOperation")
            results.append(known[kind](given))
        return results

    # questions

    def retrieve(self, body: Json) -> list[Json]:
        payload = selected_payload(body.get("with_payload"), default=True)
        ids = read_ids(body.get("ids"))
        return [shown_record(one) for one in self._asked(self._shard.retrieve, ids, payload, _vectors(body))]

    def scroll(self, body: Json) -> Json:
        offset = body.get("offset")
        request = edge.ScrollRequest(
            offset=None if offset is None else read_id(offset),
            limit=_limit(body),
            filter=read_filter(body.get("filter")),
            with_payload=selected_payload(body.get("with_payload"), default=True),
            with_vector=_vectors(body),
        )
        if body.get("order_by") is not None:
            raise not_spoken("scroll with order_by")
        records, following = self._asked(self._shard.scroll, request)
        return {
            "points": [shown_record(record) for record in records],
            "next_page_offset": None if following is None else shown_id(following),
        }

    def count(self, body: Json) -> Json:
        request = edge.CountRequest(exact=body.get("exact", True), filter=read_filter(body.get("filter")))
        return {"count": self._asked(self._shard.count, request)}

    def facet(self, body: Json) -> Json:
        if not isinstance(body.get("key"), str):
            raise unreadable("missing field `key`")
        request = edge.FacetRequest(
            body["key"], _limit(body), body.get("exact") or False, read_filter(body.get("filter"))
        )
        return {"hits": [{"value": h.value, "count": h.count} for h in self._asked(self._shard.facet, request).hits]}

    def query(self, body: Json) -> Json:
        given = body.get("query")
        if body.get("prefetch") or given is None:
            raise not_spoken("queries with prefetch, and without a vector")
        if isinstance(given, dict) and "nearest" in given:
            given = given["nearest"]
        request = edge.SearchRequest(
            edge.Query.Nearest(read_vector("query", given), using=body.get("using") or ""),
            limit=_limit(body),
            offset=body.get("offset") or 0,
            filter=read_filter(body.get("filter")),
            with_payload=selected_payload(body.get("with_payload"), default=False),
            with_vector=_vectors(body),
            score_threshold=body.get("score_threshold"),
        )
        return {"points": [shown_hit(point) for point in self._asked(self._shard.search, request)]}

    def query_batch(self, body: Json) -> list[Json]:
        return [self.query(one) for one in _listed(body, "searches")]

    def _update(self, operation: edge.UpdateOperation) -> Json:
        self._asked(self._shard.update, operation)
        self._operations += 1
        return {"operation_id": self._operations, "status": "completed"}

    def _asked(self, call: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return call(*arguments)
        except Exception as error:
            if type(error) is Exception:  # all that the engine raises
                raise of_the_engine(error) from error
            raise


def _chosen(body: Json, by_ids: Callable[[Any], Any], by_filter: Callable[[Any], Any]) -> Any:
    if body.get("points") is not None:
        return by_ids(read_ids(body["points"]))
    matching = read_filter(body.get("filter"))
    if matching is None:
        raise unreadable("data did not match any variant of untagged enum PointsSelector")
    return by_filter(matching)


def _listed(body: Json, name: str) -> list[Json]:
    given = body.get(name)
    if not isinstance(given, list) or not all(isinstance(one, dict) and one for one in given):
        raise unreadable(f"missing field `{name}`")
    return given


def _limit(body: Json) -> int:
    limit = body.get("limit")
    if limit is None:
        return 10
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise unreadable("invalid type: expected usize")
    if limit < 1:
        raise invalid("limit", f"value {limit} invalid, must be 1 or larger")
    return limit


def _vectors(body: Json) -> Any:
    return body.get("with_vector") or False
