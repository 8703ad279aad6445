"""Holds objects against the published description of the Bot API: required fields, types, no unknown fields."""

from typing import Any

SCALARS: dict[str, tuple[type, ...]] = {
    "Integer": (int,),
    "String": (str,),
    "Float": (int, float),
    "Boolean": (bool,),
    "True": (bool,),
}


class BotApiShapes:
    """The published methods and types."""

    def __init__(self, description: dict[str, Any]) -> None:
        self._types = description["types"]
        self._methods = description["methods"]

    def problems_of_result(self, method: str, result: Any) -> list[str]:
        """What is wrong with the result of a method."""
        return self._any_of(self._methods[method]["returns"], result, method)

    def problems(self, type_name: str, value: Any) -> list[str]:
        """What is wrong with an object of a type."""
        return self._one(type_name, value, type_name)

    def _any_of(self, types: list[str], value: Any, where: str) -> list[str]:
        found = [self._one(name, value, where) for name in types]
        return min(found, key=len)

    def _one(self, name: str, value: Any, where: str) -> list[str]:
        if name.startswith("Array of "):
            if not isinstance(value, list):
                return [f"{where}: expected an array, found {value!r}"]
            inner = name.removeprefix("Array of ")
            return [p for index, item in enumerate(value) for p in self._one(inner, item, f"{where}[{index}]")]
        if name in SCALARS:
            fits = isinstance(value, SCALARS[name]) and isinstance(value, bool) == (name in {"Boolean", "True"})
            return [] if fits else [f"{where}: expected {name}, found {value!r}"]
        described = self._types[name]
        if "subtypes" in described:
            return self._any_of(described["subtypes"], value, where)
        return self._object(described.get("fields", []), value, where)

    def _object(self, fields: list[dict[str, Any]], value: Any, where: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{where}: expected an object, found {value!r}"]
        known = {field["name"]: field for field in fields}
        problems = [f"{where}.{name}: unknown field" for name in value if name not in known]
        for name, field in known.items():
            if name in value:
                problems += self._any_of(field["types"], value[name], f"{where}.{name}")
            elif field["required"]:
                problems.append(f"{where}.{name}: missing")
        return problems
