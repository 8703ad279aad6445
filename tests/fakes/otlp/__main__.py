"""The collector as a process: python -m tests.fakes.otlp --port 4318."""

import argparse
import asyncio
import signal

from tests.fakes.otlp.server import FakeCollector


async def serve(arguments: argparse.Namespace) -> None:
    """Serves until SIGTERM or SIGINT; prints its address in one line."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with FakeCollector(port=arguments.port) as fake:
        print(f"otlp {fake.url}", flush=True)
        await stop.wait()


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.otlp", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
