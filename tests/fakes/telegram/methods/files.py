"""Files that users sent."""

from typing import Any

from tests.fakes.telegram.errors import bad_request
from tests.fakes.telegram.params import Params
from tests.fakes.telegram.world import BotWorld


async def get_file(world: BotWorld, params: Params) -> dict[str, Any]:
    file_id = params.text("file_id")
    if file_id not in world.files:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    return {
        "file_id": file_id,
        "file_unique_id": f"u{file_id}",
        "file_size": len(world.files[file_id]),
        "file_path": f"files/{file_id}",
    }


METHODS = {"getFile": get_file}
