"""The fake Bot API as a process: python -m tests.fakes.telegram --port 8081 --token 1:x."""

import argparse
import asyncio
import signal

from tests.fakes.serving import LoopbackServer
from tests.fakes.telegram.server import TOKEN, FakeTelegram


async def serve(arguments: argparse.Namespace) -> None:
    """Serves until SIGTERM or SIGINT; prints its addresses in one line each."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    tokens: list[str] = arguments.token or [TOKEN]
    fake = FakeTelegram(tokens[0], port=arguments.port)
    for index, token in enumerate(tokens[1:], start=2):
        fake.add_bot(token, f"fake{index}_bot")
    async with fake:
        fake.enforce_limits(enabled=arguments.limits)
        print(f"telegram {fake.base_url}", flush=True)
        control = LoopbackServer(fake.app, arguments.state_port) if arguments.state_port is not None else None
        if control is not None:
            await control.start()
            print(f"control {control.url}/control/", flush=True)
        await stop.wait()
        if control is not None:
            await control.stop()


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.telegram", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--token", action="append", help="may be repeated: several bots")
    parser.add_argument("--state-port", type=int, help="serve /control/ on this port too")
    parser.add_argument("--limits", action="store_true", help="enforce Telegram's sending limits")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
