"""Holds replies against the published description of the API, refusing unknown fields too."""

from typing import Any

import jsonschema
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

BASE = "urn:api"


class OpenAiShapes:
    """The published schemas, closed: an object may only have the fields that are described."""

    def __init__(self, description: dict[str, Any]) -> None:
        closed = _closed(description)
        resource: Resource[Any] = Resource.from_contents(closed, default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource(BASE, resource)

    def problems(self, schema_name: str, value: Any) -> list[str]:
        """What is wrong with an object."""
        reference = {"$ref": f"{BASE}#/components/schemas/{schema_name}"}
        validator = jsonschema.Draft202012Validator(reference, registry=self._registry)
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def _closed(node: Any) -> Any:
    """OpenAPI 3.0's nullable becomes a null type; objects with fields take no others."""
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: _closed(value) for key, value in node.items()}
    if isinstance(found.get("properties"), dict) and found.get("type") == "object" and "allOf" not in found:
        found.setdefault("additionalProperties", False)
    if found.pop("nullable", False) is True:
        return {"anyOf": [found, {"type": "null"}]}
    return found
