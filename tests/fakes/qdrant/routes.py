"""Which request is which: paths of the interface and what answers them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from tests.fakes.qdrant.collection import Json, StoredCollection
from tests.fakes.qdrant.errors import QdrantError
from tests.fakes.qdrant.store import Store

VERSION: Final = "1.20.0"
_PointsCall = Callable[[StoredCollection, Json], Any]
_POINTS: Final[dict[tuple[str, str], _PointsCall]] = {
    ("PUT", "index"): StoredCollection.create_index,
    ("PUT", "points"): StoredCollection.upsert,
    ("POST", "points"): StoredCollection.retrieve,
    ("POST", "points/delete"): StoredCollection.delete,
    ("POST", "points/payload"): StoredCollection.set_payload,
    ("PUT", "points/payload"): StoredCollection.overwrite_payload,
    ("POST", "points/payload/delete"): StoredCollection.delete_payload,
    ("POST", "points/payload/clear"): StoredCollection.clear_payload,
    ("POST", "points/batch"): StoredCollection.batch,
    ("POST", "points/scroll"): StoredCollection.scroll,
    ("POST", "points/count"): StoredCollection.count,
    ("POST", "points/query"): StoredCollection.query,
    ("POST", "points/query/batch"): StoredCollection.query_batch,
    ("POST", "facet"): StoredCollection.facet,
}


@dataclass(frozen=True)
class Asked:
    """A request, and the path in the published description that it belongs to."""

    method: str
    path: str
    template: str
    body: Any
    collection: str = ""
    rest: str = ""


def asked(method: str, path: str, body: Any) -> Asked:
    """The request that this is; `path` as it was sent, still quoted."""
    parts = path.strip("/").split("/")
    if parts[0] == "collections" and len(parts) > 1 and parts[1] != "aliases":
        rest = "/".join(parts[2:])
        named = "/collections/{collection_name}"
        template = named + (f"/{rest}" if rest else "")
        if method == "DELETE" and rest.startswith("index/"):
            template = f"{named}/index/{{field_name}}"
        elif method == "GET" and rest.startswith("points/"):
            template = f"{named}/points/{{id}}"
        return Asked(method, path, template, body, unquote(parts[1]), unquote(rest))
    return Asked(method, path, f"/{'/'.join(parts)}", body)


def answer(store: Store, request: Asked) -> Any:
    """The result; raises QdrantError."""
    if request.collection:
        return _of_collection(store, request)
    match request.method, request.template:
        case "GET", "/collections":
            return {"collections": [{"name": name} for name in store.names]}
        case "GET", "/aliases":
            return {"aliases": _aliases(store)}
        case "POST", "/collections/aliases":
            return store.change_aliases(_object(request.body))
        case "GET", "/telemetry":
            return {"id": "fake", "collections": {"number_of_collections": len(store.names)}}
    raise QdrantError(404, "")


def _of_collection(store: Store, request: Asked) -> Any:
    name, rest = request.collection, request.rest
    whole = _WHOLE.get((request.method, rest))
    if whole is not None:
        return whole(store, name, request.body)
    if request.method == "DELETE" and rest.startswith("index/"):
        return store.get(name).delete_index(rest.removeprefix("index/"))
    if request.method == "GET" and rest.startswith("points/"):
        return _one_point(store.get(name), rest.removeprefix("points/"))
    call = _POINTS.get((request.method, rest))
    if call is None:
        raise QdrantError(404, "")
    return call(store.get(name), _object(request.body))


def _aliases_of(store: Store, name: str, _body: Any) -> Json:
    store.get(name)
    return {"aliases": [one for one in _aliases(store) if one["collection_name"] == name]}


def _one_point(collection: StoredCollection, given: str) -> Json:
    point: Any = int(given) if given.isdecimal() else given
    found = collection.retrieve({"ids": [point]})
    if not found:
        raise QdrantError(404, f"Not found: Point with id {given} does not exists!")
    return found[0]


def _aliases(store: Store) -> list[Json]:
    return [{"alias_name": alias, "collection_name": name} for alias, name in sorted(store.aliases.items())]


def _object(body: Any) -> Json:
    if not isinstance(body, dict):
        raise QdrantError(400, "Format error in JSON body: expected an object")
    return body


_WHOLE: Final[dict[tuple[str, str], Callable[[Store, str, Any], Any]]] = {
    ("GET", ""): lambda store, name, _: store.get(name).info(),
    ("PUT", ""): lambda store, name, body: store.create(name, _object(body)),
    ("DELETE", ""): lambda store, name, _: store.drop(name),
    ("GET", "exists"): lambda store, name, _: {"exists": store.has(name)},
    ("GET", "aliases"): _aliases_of,
}
