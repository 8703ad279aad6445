"""The fake Qdrant as a process: python -m tests.fakes.qdrant --port 6333 --folder data/qdrant."""

import argparse
import asyncio
import signal
import tempfile
from pathlib import Path

from tests.fakes.qdrant.server import FakeQdrant


async def serve(arguments: argparse.Namespace, folder: Path) -> None:
    """Serves until SIGTERM or SIGINT; prints its address in one line."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with FakeQdrant(folder, api_key=arguments.key, port=arguments.port) as fake:
        if arguments.delay:
            fake.slow(arguments.delay)
        print(f"qdrant {fake.url}", flush=True)
        await stop.wait()


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.qdrant", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--folder", type=Path, default=None, help="where points stay; without it they are forgotten")
    parser.add_argument("--key", default="", help="the key to ask for; empty: none")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before every answer")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fake-qdrant-") as temporary:
        asyncio.run(serve(arguments, arguments.folder or Path(temporary)))


if __name__ == "__main__":
    main()
