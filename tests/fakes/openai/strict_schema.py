"""Which JSON schemas the API takes with strict=true, and how it refuses the others."""

from typing import Any

from tests.fakes.openai.errors import ApiError, invalid

TYPES = {"string", "number", "integer", "boolean", "object", "array", "null"}
KEYWORDS = {
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "anyOf",
    "$ref",
    "$defs",
    "definitions",
    "description",
    "title",
    "pattern",
    "format",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "$schema",
}
MAX_DEPTH = 10
MAX_PROPERTIES = 5000
MAX_ENUM = 1000

Path = tuple[str, ...]


def check_strict(schema: Any, name: str) -> None:
    """Raises the API's refusal of a schema that is not a legal strict one."""
    StrictCheck(name).root(schema)


class StrictCheck:
    """Walks one schema."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._properties = 0

    def root(self, schema: Any) -> None:
        if not isinstance(schema, dict):
            raise self._refusal((), "schema must be a JSON object")
        if "anyOf" in schema:
            raise self._refusal((), "'anyOf' is not permitted at the root")
        target = schema
        if "$ref" in schema:
            target = self._defined(schema, schema["$ref"])
        if target.get("type") != "object":
            found = target.get("type")
            raise self._refusal((), f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{found}\"'")
        for key in ("$defs", "definitions"):
            for name, part in schema.get(key, {}).items():
                self._node(part, schema, (key, name), 0)
        self._node(schema, schema, (), 0)

    def _node(self, node: Any, root: dict[str, Any], path: Path, depth: int) -> None:
        if not isinstance(node, dict):
            raise self._refusal(path, "schema must be a JSON object")
        if depth > MAX_DEPTH:
            raise self._refusal(path, f"nesting exceeds the limit of {MAX_DEPTH} levels")
        self._keywords(node, path)
        if "$ref" in node:
            self._defined(root, node["$ref"])
            return
        for index, option in enumerate(node.get("anyOf", [])):
            self._node(option, root, (*path, "anyOf", str(index)), depth)
        kinds = self._kinds(node, path)
        if "object" in kinds:
            self._object(node, root, path, depth)
        if "array" in kinds:
            if "items" not in node:
                raise self._refusal(path, "array schema missing items")
            self._node(node["items"], root, (*path, "items"), depth + 1)

    def _keywords(self, node: dict[str, Any], path: Path) -> None:
        for keyword in node:
            if keyword not in KEYWORDS:
                raise self._refusal(path, f"'{keyword}' is not permitted")
        others = set(node) - {"$ref", "$defs", "definitions"}
        if "$ref" in node and others:
            raise self._refusal(path, f"$ref cannot have keywords {sorted(others)}")
        if len(node.get("enum", [])) > MAX_ENUM:
            raise self._refusal(path, f"'enum' has more than {MAX_ENUM} values")

    def _kinds(self, node: dict[str, Any], path: Path) -> set[str]:
        kind = node.get("type")
        if kind is None:
            if {"anyOf", "enum", "const"} & set(node):
                return set()
            raise self._refusal(path, "schema must have a 'type' key")
        kinds = set(kind) if isinstance(kind, list) else {kind}
        if not kinds <= TYPES:
            raise self._refusal(path, f"{sorted(kinds - TYPES)} is not valid under any of the given schemas")
        return kinds

    def _object(self, node: dict[str, Any], root: dict[str, Any], path: Path, depth: int) -> None:
        if node.get("additionalProperties") is not False:
            raise self._refusal(path, "'additionalProperties' is required to be supplied and to be false")
        properties = node.get("properties", {})
        missing = [name for name in properties if name not in node.get("required", [])]
        if missing:
            what = "'required' is required to be supplied and to be an array including every key in properties"
            raise self._refusal(path, f"{what}. Missing '{missing[0]}'")
        extra = [name for name in node.get("required", []) if name not in properties]
        if extra:
            raise self._refusal(path, f"Extra required key '{extra[0]}' supplied")
        self._properties += len(properties)
        if self._properties > MAX_PROPERTIES:
            raise self._refusal(path, f"more than {MAX_PROPERTIES} properties in total")
        for name, part in properties.items():
            self._node(part, root, (*path, "properties", name), depth + 1)

    def _defined(self, root: dict[str, Any], reference: str) -> dict[str, Any]:
        found = resolve(root, reference)
        if found is None:
            raise self._refusal((), f"reference can only point to definitions defined at the top level: {reference}")
        return found

    def _refusal(self, path: Path, what: str) -> ApiError:
        message = f"Invalid schema for response_format '{self._name}': In context={path!r}, {what}."
        return invalid(message, "response_format", None)


def resolve(root: dict[str, Any], reference: str) -> dict[str, Any] | None:
    """The subschema a local reference points to."""
    node: Any = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        if part:
            node = node.get(part) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else None
