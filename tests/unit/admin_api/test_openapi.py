"""The published description of the REST API is current, and says what is needed to use it."""

from jsonschema.validators import Draft202012Validator

from tools.openapi import PATH, document, render

WAYS_IN = {"/api/v1/auth/token", "/api/v1/auth/refresh"}
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
                assert list(answer["content"]) == [kind]
                assert answer["content"][kind]["schema"]
    assert len(set(names)) == len(names)


def test_all_schemas_are_schemas() -> None:
    for schema in document()["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
