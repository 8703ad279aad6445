"""What went wrong and waits for somebody: questions that nobody could finish, replies whose arrival nobody can know."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import Row, select
from starlette.requests import Request
from starlette.responses import Response

from supportbot.admin_api.access.recognising import caller_of
from supportbot.admin_api.dead_letters.repository import DeadLetterRepository
from supportbot.admin_api.dead_letters.service import DeadLetterService, NotOpenError
from supportbot.admin_api.guard import PageGuard
from supportbot.admin_api.page_route import page_router, to_page
from supportbot.admin_api.problems import Problem
from supportbot.admin_api.reading import rows_of
from supportbot.admin_api.rendering import NOTHING, Refusal, Rendering
from supportbot.common.database.dead_letters import NoDeadLetterError
from supportbot.common.database.schema.tables import outbound, unsettled
from supportbot.common.database.transactions import Database
from supportbot.common.ids import EscalationId

PATH: Final = "/inbox/trouble"
SHOWN: Final = 50
_o = outbound.c


@dataclass(frozen=True, slots=True)
class TroublePages:
    """Routes for whoever may see dead letters, and have them asked again."""

    database: Database
    repository: DeadLetterRepository
    service: DeadLetterService
    rendering: Rendering
    guard: PageGuard

    def router(self) -> APIRouter:
        """The routes."""
        router = page_router(PATH, self.guard.demand("dead_letters"))
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("/{letter_id}/replay", self.replay, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """Both lists, newest first."""
        return await self._page(request)

    async def replay(self, request: Request, letter_id: UUID) -> Response:
        """Ask a question again, as the conversation's newest message; it works once."""
        caller = caller_of(request)
        try:
            await self.service.replay(EscalationId(letter_id), caller.actor)
        except NoDeadLetterError as error:
            raise Problem(404, "no_dead_letter") from error
        except NotOpenError:
            return await self._page(request, Refusal("trouble.not_open", 409))
        return to_page(f"{PATH}?done=replay")

    async def _page(self, request: Request, refusal: Refusal = NOTHING) -> Response:
        letters = await self.repository.page(only_open=True, limit=SHOWN, after=None)
        uncertain = await self._uncertain()
        return self.rendering.page(request, "trouble.html", refusal, letters=letters.items, uncertain=uncertain)

    async def _uncertain(self) -> Sequence[Row[Any]]:
        wanted = select(_o.conversation_id, _o.body, _o.channel, _o.error, _o.created_at, _o.resolve_at)
        wanted = wanted.where(unsettled, _o.status == "uncertain", _o.conversation_id.is_not(None))
        return await rows_of(self.database, wanted.order_by(_o.created_at.desc()).limit(SHOWN))
