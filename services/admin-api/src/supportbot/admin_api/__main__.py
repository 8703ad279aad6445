"""`python -m supportbot.admin_api`: the admin API as a process of its own, on port 5000."""

import asyncio
import sys

from supportbot.admin_api.app import Dependencies, build
from supportbot.admin_api.settings import AdminApiSettings
from supportbot.common.errors import SupportbotError
from supportbot.common.lifecycle import Service
from supportbot.common.service_process import Opened, run_service
from supportbot.common.settings import load_settings


def main() -> None:
    """Run until told to stop."""
    try:
        settings = load_settings(AdminApiSettings)

        async def make(opened: Opened) -> Service:
            return build(Dependencies(opened.database, opened.bus))

        asyncio.run(run_service("admin-api", settings, make))
    except SupportbotError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
