"""Trying a question: what would be answered, and what every stage did. Nothing is sent to anybody."""

import asyncio
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from supportbot.admin_api.access.forms import form_of
from supportbot.admin_api.access.recognising import caller_of
from supportbot.admin_api.guard import PageGuard
from supportbot.admin_api.page_route import page_router, to_page
from supportbot.admin_api.problems import Problem
from supportbot.admin_api.rendering import NOTHING, Refusal, Rendering
from supportbot.common.database.transactions import Database
from supportbot.common.database.trials import Trial, ask_trial, find_trial

PATH: Final = "/inbox/knowledge/try"
QUESTION_MOST: Final = 1000
_WAIT_S: Final = 35.0
_LOOK_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class TrialPages:
    """Routes for whoever may try questions."""

    database: Database
    rendering: Rendering
    guard: PageGuard
    wait_s: float = _WAIT_S

    def router(self) -> APIRouter:
        """The routes."""
        router = page_router(PATH, self.guard.demand("trials"))
        router.add_api_route("", self.show_form, methods=["GET"])
        router.add_api_route("", self.ask, methods=["POST"])
        router.add_api_route("/{trial_id}", self.show, methods=["GET"])
        return router

    async def show_form(self, request: Request) -> Response:
        """An empty form."""
        return self._page(request, question=request.query_params.get("question", "")[:QUESTION_MOST])

    async def ask(self, request: Request) -> Response:
        """Have it answered; the answer is a page of its own, to be come back to."""
        question = (await form_of(request)).get("question", "").strip()
        if not 0 < len(question) <= QUESTION_MOST:
            return self._page(request, Refusal("try.unfit", 422), question=question)
        caller = caller_of(request)
        trial_id = await self.database.write(lambda tx: ask_trial(tx, question, caller.actor.name))
        return to_page(f"{PATH}/{trial_id}")

    async def show(self, request: Request, trial_id: UUID) -> Response:
        """What came of it, as soon as that is there."""
        trial = await self._answered(trial_id)
        if trial is None:
            raise Problem(404, "no_page")
        result = trial.result or {"error": "nobody"}
        refusal = Refusal(f"try.error.{result['error']}", 503) if "error" in result else NOTHING
        return self._page(request, refusal, question=trial.question, trial=None if refusal.key else trial)

    async def _answered(self, trial_id: UUID) -> Trial | None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self.wait_s
        while True:
            trial = await self.database.read(lambda connection: find_trial(connection, trial_id))
            if trial is None or trial.result is not None or loop.time() > until:
                return trial
            await asyncio.sleep(_LOOK_S)

    def _page(
        self, request: Request, refusal: Refusal = NOTHING, *, question: str, trial: Trial | None = None
    ) -> Response:
        result = None if trial is None else trial.result
        values = {"question": question, "result": result, "most": QUESTION_MOST}
        return self.rendering.page(request, "try.html", refusal, **values)
