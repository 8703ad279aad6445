"""The published description of the REST API is current, and says what is needed to use it."""

from typing import Any

from jsonschema.validators import Draft202012Validator

from tools.openapi import PATH, document, render

WAYS_IN = {"/api/v1/auth/token", "/api/v1/auth/refresh"}
FILE = "/api/v1/conversations/{conversation_id}/files/{file_id}"
OF_FILES = ["application/octet-stream", "image/*", "audio/*"]
METHODS = {"get", "post", "put", "patch", "delete"}


def test_the_document_is_current() -> None:
    assert PATH.read_text(encoding="utf-8") == render(), "run: .venv/bin/python -m tools.openapi"


def test_every_operation_needs_a_key_and_describes_what_it_refuses() -> None:
    described = document()
    names: list[str] = []
    for path, operations in described["paths"].items():
        assert set(operations) <= METHODS
        for operation in operations.values():
            names.append(operation["operationId"])
            assert operation.get("security") == (None if path in WAYS_IN else [{"key": []}]), path
            assert {"401", "403", "422", "503"} <= set(operation["responses"])
            for status, answer in operation["responses"].items():
                kind = "application/json" if int(status) < 400 else "application/problem+json"
                kinds = OF_FILES if (path, status) == (FILE, "200") else [kind]
                assert list(answer["content"]) == kinds
                assert all(answer["content"][one]["schema"] for one in kinds)
    assert len(set(names)) == len(names)


def test_all_schemas_are_schemas() -> None:
    for schema in document()["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_examples_are_what_their_schemas_describe() -> None:
    described = document()
    schemas = described["components"]["schemas"]
    checked = 0
    for schema in schemas.values():
        for example in schema.get("examples", ()):
            whole = _with_nulls(example, schema, schemas)
            Draft202012Validator({**schema, "components": described["components"]}).validate(whole)
            assert set(example) <= set(schema["properties"])
            checked += 1
    assert checked >= 6


def _with_nulls(example: Any, schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """FastAPI leaves out of a description what is null."""
    if isinstance(example, list):
        return [_with_nulls(one, schema.get("items", {}), schemas) for one in example]
    if not isinstance(example, dict):
        return example
    named = schemas[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    properties = named["properties"]
    nullable = [name for name, one in properties.items() if {"type": "null"} in one.get("anyOf", ())]
    given = {name: _with_nulls(value, properties.get(name, {}), schemas) for name, value in example.items()}
    return {**dict.fromkeys(nullable), **given}
