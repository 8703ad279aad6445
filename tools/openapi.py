"""Write docs/openapi.json: the REST API, as OpenAPI 3.1, from its routes.

Usage: .venv/bin/python -m tools.openapi
"""

import json
from pathlib import Path
from typing import Any

from supportbot.admin_api.access.tokens import Tokens
from supportbot.admin_api.app import Dependencies, build
from supportbot.admin_api.description import describe
from supportbot.common.bus.local import LocalBus
from supportbot.common.database.connections.sqlite import SqliteDatabase
from supportbot.common.files.folder import FolderFiles

PATH = Path(__file__).parents[1] / "docs" / "openapi.json"


def document() -> dict[str, Any]:
    """The OpenAPI document. Nothing is opened for it: neither the database nor the folder is touched."""
    nowhere = Path("/nonexistent")
    database, tokens = SqliteDatabase(nowhere / "db"), Tokens("", 1)
    return describe(build(Dependencies(database, LocalBus(), FolderFiles(nowhere), 1, tokens)).api)


def render() -> str:
    return json.dumps(document(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    PATH.write_text(render(), encoding="utf-8")
    print(f"{PATH.relative_to(PATH.parents[1])} written")
