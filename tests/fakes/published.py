"""Interface descriptions as their owners publish them, where they lie beside the checkout; never part of it."""

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "apis"


def published(name: str) -> dict[str, Any]:
    """A description by file name; the test that asks is skipped, saying so, where it is not there."""
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"the published interface {name} is not beside this checkout: shapes were NOT compared with it")
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
