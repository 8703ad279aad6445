"""Published schemas made strict: what they do not name is not allowed."""

from typing import Any


def closed(node: Any) -> Any:
    """OpenAPI 3.0's nullable becomes a null type; objects with fields take no others."""
    if isinstance(node, list):
        return [closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: closed(value) for key, value in node.items()}
    if isinstance(found.get("properties"), dict) and found.get("type") == "object" and "allOf" not in found:
        found.setdefault("additionalProperties", False)
    if found.pop("nullable", False) is True:
        return {"anyOf": [found, {"type": "null"}]} if found else {"type": "null"}
    return found
