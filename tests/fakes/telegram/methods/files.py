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
        "file_path": f"files/{file_id}" if world.local_files is None else _on_disk(world, file_id),
    }


def _on_disk(world: BotWorld, file_id: str) -> str:
    """As a server with `--local`: the file lies in its folder, and its path there is told."""
    assert world.local_files is not None
    path = world.local_files / world.token / "files" / file_id
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(world.files[file_id])
    return f"{world.local_name}/{world.token}/files/{file_id}"


METHODS = {"getFile": get_file}
