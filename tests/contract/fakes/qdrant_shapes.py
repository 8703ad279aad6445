"""Holds requests and answers against the published description of Qdrant's interface, refusing unknown fields too."""

import functools
import json
from collections.abc import Iterable
from typing import Any

import jsonschema
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.contract.fakes.closed_shapes import closed
from tests.fakes.published import FOLDER
from tests.fakes.qdrant import Exchange

BASE = "urn:qdrant"
NAME = "qdrant.openapi.json"


class QdrantShapes:
    """The published schemas, closed: an object may only have the fields that are described."""

    def __init__(self, description: dict[str, Any]) -> None:
        self._closed: dict[str, Any] = closed(description)
        resource: Resource[Any] = Resource.from_contents(self._closed, default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource(BASE, resource)
        self._problems = functools.cache(self._look)

    def problems(self, exchanges: Iterable[Exchange]) -> list[str]:
        """What is wrong with these exchanges; a request that was refused is held against nothing."""
        return [found for one in exchanges for found in self._problems(_hashable(one))]

    def _look(self, written: str) -> list[str]:
        one = Exchange(**json.loads(written))
        name = f"{one.method} {one.template}"
        operation = self._closed["paths"].get(one.template, {}).get(one.method.lower())
        if operation is None:
            return [f"{name}: not in the description"]
        path = f"#/paths/{one.template.replace('~', '~0').replace('/', '~1')}/{one.method.lower()}"
        kind = "200" if one.status == 200 else "4XX"
        found = []
        if one.status == 200 and "requestBody" in operation:
            found += self._against(f"{path}/requestBody/content/application~1json/schema", one.request)
        if kind in operation["responses"]:
            found += self._against(f"{path}/responses/{kind}/content/application~1json/schema", one.answer)
        return [f"{name} {problem}" for problem in found]

    def _against(self, pointer: str, value: Any) -> list[str]:
        quoted = pointer.replace("{", "%7B").replace("}", "%7D")
        validator = jsonschema.Draft202012Validator({"$ref": f"{BASE}{quoted}"}, registry=self._registry)
        return [f"{error.json_path}: {error.message}"[:500] for error in validator.iter_errors(value)]


@functools.cache
def published_shapes() -> QdrantShapes | None:
    """The description beside this checkout, if there is one."""
    path = FOLDER / NAME
    return QdrantShapes(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def assert_as_published(exchanges: Iterable[Exchange]) -> None:
    """Fail where an exchange is not as the interface is described; without a description nothing is compared."""
    shapes = published_shapes()
    if shapes is not None:
        assert shapes.problems(exchanges) == []


def _hashable(exchange: Exchange) -> str:
    return json.dumps(exchange.__dict__, sort_keys=True)
