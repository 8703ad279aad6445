"""`supportbot run`."""

import asyncio
import sys

from supportbot.common.settings import load_settings


def run() -> None:
    """Start everything in one process and stay until told to stop."""
    from supportbot.standalone.run import run_all
    from supportbot.standalone.settings import StandaloneSettings

    settings = load_settings(StandaloneSettings)
    if sys.platform == "win32":
        asyncio.run(run_all(settings))
        return
    import uvloop

    uvloop.run(run_all(settings))
