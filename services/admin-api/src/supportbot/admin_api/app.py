"""The admin API put together: wiring only; what an area consists of is in `wiring`."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter

from supportbot.admin_api.access.sweep import sweep_sessions
from supportbot.admin_api.dependencies import Dependencies
from supportbot.admin_api.description import description_router
from supportbot.admin_api.documents.repository import DocumentRepository
from supportbot.admin_api.documents.sweep import sweep_contents
from supportbot.admin_api.live import HEARD, LivePages
from supportbot.admin_api.sign_in.set_up import SetUp
from supportbot.admin_api.wiring.accounts import accounts_area
from supportbot.admin_api.wiring.administration import administration_area, overview_area
from supportbot.admin_api.wiring.ground import ground_on
from supportbot.admin_api.wiring.inbox import inbox_area
from supportbot.admin_api.wiring.knowledge import answer_area, document_area
from supportbot.common.lifecycle import Check, Loops

__all__ = ["AdminApiService", "Dependencies", "build"]


class AdminApiService:
    """Pages for operators and an API for programs. See Service."""

    name = "admin-api"
    checks: Mapping[str, Check] = {}

    def __init__(self, dependencies: Dependencies) -> None:
        self._given = dependencies
        self._loops = Loops()
        ground = ground_on(dependencies)
        self._set_up = SetUp(ground.database)
        self._documents = DocumentRepository(ground.database)
        self._live = LivePages(ground.recogniser, HEARD)
        self._events, inbox = inbox_area(ground)
        areas = (
            document_area(ground, self._documents, self._live),
            inbox,
            administration_area(ground),
            overview_area(ground),
            answer_area(ground),
            accounts_area(ground, self._set_up),
        )
        self.api = [router for area in areas for router in area.api]
        beside = [router for area in reversed(areas) if area is not inbox for router in area.pages]
        pages = [*beside, *inbox.pages]  # the inbox last: what is behind /inbox may be the id of a conversation
        self.routers: Sequence[APIRouter] = [*pages, *self.api, description_router(ground.keys, self.api)]

    async def start(self) -> None:
        self._events.listen(self._given.bus)
        self._live.listen(self._given.bus)
        await self._set_up.announce()
        self._loops.start("forget old sessions", lambda: sweep_sessions(self._given.database))
        self._loops.start("sweep uploaded contents", lambda: sweep_contents(self._given.files, self._documents))
        if self._given.mailer is not None:
            self._given.mailer.start(self._given.bus)

    async def stop(self) -> None:
        self._events.close()
        self._live.close()
        if self._given.mailer is not None:
            await self._given.mailer.stop()
        await self._loops.stop()


def build(dependencies: Dependencies) -> AdminApiService:
    """The service, ready to be started."""
    return AdminApiService(dependencies)
