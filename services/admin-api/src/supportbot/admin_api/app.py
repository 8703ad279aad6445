"""The admin API put together: wiring only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter

from supportbot.admin_api.inbox.endpoints import InboxEndpoints
from supportbot.admin_api.inbox.events import InboxEvents
from supportbot.admin_api.inbox.pages import InboxPages
from supportbot.admin_api.inbox.repository import InboxRepository
from supportbot.admin_api.inbox.service import InboxService
from supportbot.common.bus.port import Bus
from supportbot.common.database.transactions import Database
from supportbot.common.lifecycle import Check
from supportbot.common.web.doorbell import Doorbell


@dataclass(frozen=True)
class Dependencies:
    """What the admin API stands on, chosen by whoever opens it: embedded or networked."""

    database: Database
    bus: Bus
    chat_path: str = ""
    """Where the chat is, if the same process serves it."""


class AdminApiService:
    """Pages for operators. See Service."""

    name = "admin-api"
    checks: Mapping[str, Check] = {}

    def __init__(self, dependencies: Dependencies) -> None:
        repository = InboxRepository(dependencies.database)
        pages = InboxPages(dependencies.chat_path)
        self._bus = dependencies.bus
        self._events = InboxEvents(repository, pages, Doorbell())
        service = InboxService(dependencies.database)
        self.routers: Sequence[APIRouter] = [InboxEndpoints(repository, service, pages, self._events).router()]

    async def start(self) -> None:
        self._events.listen(self._bus)

    async def stop(self) -> None:
        self._events.close()


def build(dependencies: Dependencies) -> AdminApiService:
    """The service, ready to be started."""
    return AdminApiService(dependencies)
