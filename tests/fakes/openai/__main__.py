"""The fake model server as a process: python -m tests.fakes.openai --port 8082 --key sk-x."""

import argparse
import asyncio
import signal

from tests.fakes.openai.server import KEY, FakeOpenAI


async def serve(arguments: argparse.Namespace) -> None:
    """Serves until SIGTERM or SIGINT; prints its address in one line."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with FakeOpenAI(arguments.key, port=arguments.port) as fake:
        fake.chunk_delay_s = arguments.chunk_delay
        if arguments.delay:
            fake.slow(arguments.delay)
        print(f"openai {fake.base_url}", flush=True)
        await stop.wait()


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.openai", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--key", default=KEY)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before every answer")
    parser.add_argument("--chunk-delay", type=float, default=0.0, help="seconds between the chunks of a stream")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
