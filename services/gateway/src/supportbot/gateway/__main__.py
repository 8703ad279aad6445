"""`python -m supportbot.gateway`: the gateway as a process of its own, on port 5001."""

import sys

from pydantic import Field

from supportbot.common.cache.opener import open_cache
from supportbot.common.errors import SupportbotError
from supportbot.common.files.opener import open_files
from supportbot.common.lifecycle import Service
from supportbot.common.process import run_process
from supportbot.common.separate_settings import SeparateSettings
from supportbot.common.service_process import Opened, run_service
from supportbot.common.settings import load_settings
from supportbot.gateway.adapters.starters import Starters
from supportbot.gateway.app import Dependencies, build
from supportbot.gateway.settings import GatewaySettings


class Settings(SeparateSettings, GatewaySettings):
    """The gateway's settings with its own port."""

    web_port: int = Field(5001, ge=0, le=65535, description="Port to listen on; 0 takes a free one")


def main() -> None:
    """Run until told to stop."""
    try:
        settings = load_settings(Settings)

        async def make(opened: Opened) -> Service:
            cache = await open_cache(settings)
            opened.closing.push_async_callback(cache.close)
            starters = Starters(opened.database)
            return build(
                Dependencies(
                    opened.database,
                    opened.bus,
                    settings,
                    cache,
                    open_files(settings, opened.database),
                    starters=starters,
                    refresh_starters=starters.refresh,
                )
            )

        run_process(run_service("gateway", settings, make))
    except SupportbotError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
