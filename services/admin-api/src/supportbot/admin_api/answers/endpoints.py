"""The routes of answers, under `/api/v1/answers`."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from supportbot.admin_api.answers.repository import AnswerRepository
from supportbot.admin_api.answers.schemas import AnswerPage, Decision, TracedAnswer, UnansweredPage
from supportbot.admin_api.answers.service import AnswerService
from supportbot.admin_api.api_router import PAGE, After, Limit, guarded_router
from supportbot.admin_api.key_guard import KeyGuard
from supportbot.admin_api.problems import Problem, problems

PATH = "/api/v1/answers"
_Decision = Annotated[Decision | None, Query(description="Only those that were decided so")]
_Reason = Annotated[str | None, Query(max_length=64, description="Only those with this reason")]
_Conversation = Annotated[UUID | None, Query(description="Only those of one conversation")]
_Days = Annotated[int, Query(ge=1, le=365, description="How many days back")]


@dataclass(frozen=True, slots=True)
class AnswerEndpoints:
    """Routes that demand a key with the scope `answers`."""

    repository: AnswerRepository
    service: AnswerService
    guard: KeyGuard

    def router(self) -> APIRouter:
        """The routes."""
        router = guarded_router(PATH, self.guard, "answers")
        router.add_api_route("", self.show_page, methods=["GET"])
        router.add_api_route("/unanswered", self.show_unanswered, methods=["GET"])
        router.add_api_route("/{answer_id}", self.show, methods=["GET"], responses=problems(404))
        return router

    async def show_page(
        self,
        *,
        decision: _Decision = None,
        reason: _Reason = None,
        conversation: _Conversation = None,
        after: After = None,
        limit: Limit = PAGE,
    ) -> AnswerPage:
        """What was decided about questions, newest first."""
        if reason is not None and not reason.isprintable():
            raise Problem(422, "invalid", name="reason")
        return await self.repository.page(
            decision=decision, reason=reason, conversation=conversation, limit=limit, after=after
        )

    async def show_unanswered(self, *, days: _Days = 30, limit: Limit = PAGE) -> UnansweredPage:
        """Questions that no document answered, and answers voted down, gathered by what they are about."""
        return await self.service.unanswered(days, limit)

    async def show(self, answer_id: UUID) -> TracedAnswer:
        """One with its whole trace."""
        answer = await self.repository.one(answer_id)
        if answer is None:
            raise Problem(404, "no_answer")
        return answer
