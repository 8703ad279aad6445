"""Holds replies against the published description of the API, refusing unknown fields too."""

from typing import Any

import jsonschema
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.contract.fakes.closed_shapes import closed

BASE = "urn:api"


class OpenAiShapes:
    """The published schemas, closed: an object may only have the fields that are described."""

    def __init__(self, description: dict[str, Any]) -> None:
        shapes = closed(description)
        resource: Resource[Any] = Resource.from_contents(shapes, default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource(BASE, resource)

    def problems(self, schema_name: str, value: Any) -> list[str]:
        """What is wrong with an object."""
        reference = {"$ref": f"{BASE}#/components/schemas/{schema_name}"}
        validator = jsonschema.Draft202012Validator(reference, registry=self._registry)
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
