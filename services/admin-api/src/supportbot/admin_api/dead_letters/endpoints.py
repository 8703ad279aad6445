"""The routes of dead letters, under `/api/v1/dead-letters`."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request

from supportbot.admin_api.access.recognising import caller_of
from supportbot.admin_api.api_router import PAGE, After, Limit, guarded_router
from supportbot.admin_api.dead_letters.repository import DeadLetterRepository
from supportbot.admin_api.dead_letters.schemas import DeadLetterPage, Replayed, TracedDeadLetter
from supportbot.admin_api.dead_letters.service import DeadLetterService, NotOpenError
from supportbot.admin_api.key_guard import KeyGuard
from supportbot.admin_api.problems import Problem, problems
from supportbot.common.database.dead_letters import NoDeadLetterError
from supportbot.common.ids import EscalationId
from supportbot.common.telemetry.logging import logger

_log = logger(__name__)
PATH = "/api/v1/dead-letters"
_Open = Annotated[bool, Query(alias="open", description="Only those that nobody has dealt with yet")]


@dataclass(frozen=True, slots=True)
class DeadLetterEndpoints:
    """Routes that demand a key with the scope `dead_letters`."""

    repository: DeadLetterRepository
    service: DeadLetterService
    guard: KeyGuard

    def router(self) -> APIRouter:
        """The routes."""
        router = guarded_router(PATH, self.guard, "dead_letters")
        router.add_api_route("", self.show_page, methods=["GET"])
        router.add_api_route("/{letter_id}", self.show, methods=["GET"], responses=problems(404))
        replay = "/{letter_id}/replay"
        router.add_api_route(replay, self.replay, methods=["POST"], status_code=202, responses=problems(404, 409))
        return router

    async def show_page(self, *, only_open: _Open = False, after: After = None, limit: Limit = PAGE) -> DeadLetterPage:
        """Questions that nobody could finish, newest first."""
        last = None if after is None else EscalationId(after)
        return await self.repository.page(only_open=only_open, limit=limit, after=last)

    async def show(self, letter_id: UUID) -> TracedDeadLetter:
        """One with its trace."""
        try:
            return await self.repository.one(EscalationId(letter_id))
        except NoDeadLetterError as error:
            raise Problem(404, "no_dead_letter") from error

    async def replay(self, request: Request, letter_id: UUID) -> Replayed:
        """Ask the question again, as the conversation's newest message. It works once."""
        try:
            replayed = await self.service.replay(EscalationId(letter_id), caller_of(request).actor)
        except NoDeadLetterError as error:
            raise Problem(404, "no_dead_letter") from error
        except NotOpenError as error:
            raise Problem(409, "not_open") from error
        _log.info("A dead letter is asked again", letter=str(letter_id), key=caller_of(request).name)
        return replayed
