"""Routes made quickly: what FastAPI works out about a parameter is worked out once for all tests, not in each."""

from collections.abc import Callable, Hashable
from typing import Any

import pytest
from fastapi._compat import v2
from pydantic import TypeAdapter

_TAKEN_APART: dict[Hashable, TypeAdapter[Any]] = {}


def _key(field: v2.ModelField) -> Hashable:
    """Two fields with the same key are read alike; values go with their types, as 0 equals False."""
    parts = v2.asdict(field.field_info)
    values = [*parts["metadata"], *parts["attributes"].values()]
    return parts["annotation"], tuple(parts["attributes"]), tuple((type(value), value) for value in values)


def _remembering(build: Callable[[v2.ModelField], None]) -> Callable[[v2.ModelField], None]:
    def take_apart(field: v2.ModelField) -> None:
        try:
            known = _TAKEN_APART.get(key := _key(field))
        except TypeError:  # something in it has no hash
            build(field)
            return
        if known is None:
            build(field)
            known = _TAKEN_APART[key] = field._type_adapter
        field._type_adapter = known

    return take_apart


def pytest_configure(config: pytest.Config) -> None:
    v2.ModelField.__post_init__ = _remembering(v2.ModelField.__post_init__)  # type: ignore[assignment,method-assign]
