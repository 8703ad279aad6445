"""The routes of the FAQ, under `/api/v1/faq`."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from supportbot.admin_api.access.recognising import caller_of
from supportbot.admin_api.api_router import PAGE, After, Limit, guarded_router
from supportbot.admin_api.faq.repository import FaqRepository
from supportbot.admin_api.faq.schemas import Entry, EntryPage, NewEntry, RegressionSet, Taken
from supportbot.admin_api.faq.service import (
    AddedMeanwhileError,
    FaqService,
    IncompletePairError,
    NoEntryError,
    NoEscalationError,
    NoReplyError,
    SimilarEntryError,
)
from supportbot.admin_api.key_guard import KeyGuard
from supportbot.admin_api.problems import Problem, problems
from supportbot.common.telemetry.logging import logger

_log = logger(__name__)
PATH = "/api/v1/faq"


@dataclass(frozen=True, slots=True)
class FaqEndpoints:
    """Routes that demand a key with the scope `faq`."""

    repository: FaqRepository
    service: FaqService
    guard: KeyGuard

    def router(self) -> APIRouter:
        """The routes."""
        router = guarded_router(PATH, self.guard, "faq")
        known = {"model": Taken, "description": "The question was known"}
        router.add_api_route(
            "", self.add, methods=["POST"], status_code=201, response_model=Taken,
            responses={200: known, **problems(404, 409)},
        )  # fmt: skip
        router.add_api_route("", self.show_page, methods=["GET"])
        router.add_api_route("/regression", self.show_regression, methods=["GET"])
        router.add_api_route("/{entry_id}", self.show, methods=["GET"], responses=problems(404))
        router.add_api_route("/{entry_id}", self.remove, methods=["DELETE"], status_code=202, responses=problems(404))
        return router

    async def add(self, request: Request, new: NewEntry) -> Response:
        """Add a reviewed pair; with an escalation's id alone, its question and what a person replied to it.

        It is searched a moment later, and is a question of the regression set from then on.
        """
        caller = caller_of(request)
        try:
            entry_id, outcome = await self.service.add(new, caller.actor)
        except NoEscalationError as error:
            raise Problem(404, "no_escalation") from error
        except NoEntryError as error:
            raise Problem(404, "no_faq_entry") from error
        except NoReplyError as error:
            raise Problem(409, "no_reply") from error
        except SimilarEntryError as error:
            raise Problem(409, "similar", entry=error.entry_id) from error
        except AddedMeanwhileError as error:
            raise Problem(409, "changed_meanwhile") from error
        except IncompletePairError as error:
            raise Problem(422, "incomplete_pair") from error
        _log.info("A pair was reviewed", entry=str(entry_id), outcome=outcome, key=caller.name)
        entry = await self.show(entry_id)
        body = Taken(**entry.model_dump(), outcome=outcome).model_dump(mode="json")
        return JSONResponse(body, 201 if outcome == "new" else 200, {"Location": f"{PATH}/{entry_id}"})

    async def show_page(self, *, after: After = None, limit: Limit = PAGE) -> EntryPage:
        """All entries, newest first."""
        return await self.repository.page(after, limit)

    async def show_regression(self) -> RegressionSet:
        """Every reviewed question with the document that answers it, for `supportbot eval`."""
        return RegressionSet(questions=await self.repository.regression())

    async def show(self, entry_id: UUID) -> Entry:
        """One entry."""
        entry = await self.repository.one(entry_id)
        if entry is None:
            raise Problem(404, "no_faq_entry")
        return entry

    async def remove(self, request: Request, entry_id: UUID) -> Entry:
        """Remove an entry; a moment later no answer is made from it."""
        entry = await self.show(entry_id)
        try:
            await self.service.remove(entry_id, caller_of(request).actor)
        except NoEntryError as error:
            raise Problem(404, "no_faq_entry") from error
        _log.info("An entry is to be removed", entry=str(entry_id), key=caller_of(request).name)
        return entry.model_copy(update={"serving": False})
