"""A server that is away until somebody opens the door to it, at an address that is known before."""

import asyncio

from tests.contract.bus.wire import Wire
from tests.servers.process import free_port


class Door(Wire):
    """A port that refuses connections until it is opened, and then passes them on."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self.at = free_port()

    async def open(self) -> None:
        """The server is there now."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.at)

    async def shut(self) -> None:
        """The server is away again."""
        if self._server is not None:
            await self.close()
