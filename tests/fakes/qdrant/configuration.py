"""What a collection is made of: from the interface's JSON to the engine's configuration and back."""

from typing import Any, Final

import qdrant_edge as edge

from tests.fakes.qdrant.errors import invalid, unreadable

_DISTANCES: Final = {
    "Cosine": edge.Distance.Cosine,
    "Dot": edge.Distance.Dot,
    "Euclid": edge.Distance.Euclid,
    "Manhattan": edge.Distance.Manhattan,
}
SCHEMAS: Final = {
    "keyword": edge.PayloadSchemaType.Keyword,
    "integer": edge.PayloadSchemaType.Integer,
    "float": edge.PayloadSchemaType.Float,
    "bool": edge.PayloadSchemaType.Bool,
    "uuid": edge.PayloadSchemaType.Uuid,
    "datetime": edge.PayloadSchemaType.Datetime,
    "text": edge.PayloadSchemaType.Text,
}


def engine_config(body: dict[str, Any]) -> edge.EdgeConfig:
    """The engine's configuration of a collection to be made."""
    sparse = body.get("sparse_vectors") or {}
    return edge.EdgeConfig(
        vectors={name: _dense(name, params) for name, params in _named(body.get("vectors")).items()} or None,
        sparse_vectors={name: _sparse(params or {}) for name, params in sparse.items()} or None,
        max_search_threads=1,
    )


def shown_config(body: dict[str, Any]) -> dict[str, Any]:
    """The configuration as the server tells it."""
    params: dict[str, Any] = {
        "vectors": body.get("vectors") or {},
        "shard_number": 1,
        "replication_factor": 1,
        "write_consistency_factor": 1,
        "on_disk_payload": True,
    }
    if body.get("sparse_vectors"):
        params["sparse_vectors"] = {name: given or {} for name, given in body["sparse_vectors"].items()}
    return {
        "params": params,
        "hnsw_config": {
            "m": 16,
            "ef_construct": 100,
            "full_scan_threshold": 10000,
            "max_indexing_threads": 0,
            "on_disk": False,
        },
        "optimizer_config": {
            "deleted_threshold": 0.2,
            "vacuum_min_vector_number": 1000,
            "default_segment_number": 0,
            "max_segment_size": None,
            "memmap_threshold": None,
            "indexing_threshold": 10000,
            "flush_interval_sec": 5,
            "max_optimization_threads": None,
        },
        "wal_config": {"wal_capacity_mb": 32, "wal_segments_ahead": 0},
        "quantization_config": None,
    }


def schema_name(kind: edge.PayloadSchemaType) -> str:
    """The name of a payload index' type."""
    return next(name for name, found in SCHEMAS.items() if found == kind)


def read_schema(given: Any) -> edge.PayloadSchemaType:
    """The type of a payload index to be made."""
    name = given.get("type") if isinstance(given, dict) else given
    if name not in SCHEMAS:
        raise unreadable("data did not match any variant of untagged enum PayloadFieldSchema")
    return SCHEMAS[name]


def _named(vectors: Any) -> dict[str, Any]:
    """Dense vectors by name; a single one without a name has the empty name."""
    if not vectors:
        return {}
    return {"": vectors} if "size" in vectors else vectors


def _dense(name: str, params: Any) -> edge.EdgeVectorParams:
    try:
        size, distance = params["size"], _DISTANCES[params["distance"]]
    except (KeyError, TypeError):
        raise unreadable("data did not match any variant of untagged enum VectorsConfig") from None
    if not isinstance(size, int) or not 1 <= size <= 65536:
        raise invalid(f"vectors.{name}.size", f"value {size} invalid, must be from 1 to 65536")
    return edge.EdgeVectorParams(size=size, distance=distance)


def _sparse(params: dict[str, Any]) -> edge.EdgeSparseVectorParams:
    return edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf if params.get("modifier") == "idf" else None)
