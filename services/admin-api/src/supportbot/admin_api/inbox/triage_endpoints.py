"""What operators do to put conversations in order, and to give them to each other, one at a time or many at once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from supportbot.admin_api.access.forms import form_of
from supportbot.admin_api.access.recognising import caller_of
from supportbot.admin_api.guard import PageGuard
from supportbot.admin_api.inbox.events import InboxEvents
from supportbot.admin_api.inbox.service import InboxService, NoColleagueError, UnknownConversationError
from supportbot.admin_api.inbox.triage import LONGEST_SNOOZE, UnfitLabelError
from supportbot.admin_api.page_route import page_router, wants_page
from supportbot.admin_api.problems import Problem
from supportbot.common.ids import ConversationId

BULK_MOST: Final = 200
_PRIORITIES: Final = ("0", "1", "2")
_DIGITS: Final = 9
_Step = Callable[[ConversationId], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class TriageEndpoints:
    """Routes under `/inbox`, beside those of the conversation itself."""

    service: InboxService
    events: InboxEvents
    guard: PageGuard

    def router(self) -> APIRouter:
        """The routes."""
        router = page_router("/inbox", self.guard.demand("inbox"))
        router.add_api_route("/bulk", self.change_many, methods=["POST"])
        for change in ("priority", "snooze", "label", "unlabel", "assign"):
            router.add_api_route(f"/{{conversation_id}}/{change}", self.change_one, methods=["POST"])
        return router

    async def change_one(self, request: Request, conversation_id: UUID) -> Response:
        """Priority, snooze, a label or the operator of one conversation."""
        step = self._step(request, request.url.path.rpartition("/")[2], await form_of(request))
        try:
            await step(ConversationId(conversation_id))
        except UnknownConversationError as error:
            raise Problem(404, "no_conversation") from error
        except UnfitLabelError as error:
            raise Problem(422, "unfit_label") from error
        except NoColleagueError as error:
            raise Problem(422, "no_colleague") from error
        self.events.ring()
        if wants_page(request):
            view = request.url.query and f"?{request.url.query}"
            return RedirectResponse(f"/inbox/{conversation_id}{view}#newest", status_code=303)
        return JSONResponse({"ok": True})

    async def change_many(self, request: Request) -> Response:
        """The same for every conversation that was chosen, each in a transaction of its own.

        Says how many it was done to: one that is gone meanwhile is passed over.
        """
        fields = await form_of(request)
        step = self._step(request, fields.get("change", ""), fields)
        done = 0
        for conversation_id in _chosen(fields.get("ids", "")):
            try:
                await step(conversation_id)
            except UnknownConversationError:
                continue
            except UnfitLabelError as error:
                raise Problem(422, "unfit_label") from error
            except NoColleagueError as error:
                raise Problem(422, "no_colleague") from error
            done += 1
        self.events.ring()
        return JSONResponse({"ok": True, "done": done})

    def _step(self, request: Request, change: str, fields: dict[str, str]) -> _Step:
        caller = caller_of(request)
        by, service = caller.actor, self.service
        if change == "priority":
            priority = _priority(fields.get("priority", ""))
            return lambda one: service.set_priority(one, priority, by)
        if change == "snooze":
            until = _until(fields)
            return lambda one: service.snooze(one, until, by)
        if change in {"label", "unlabel"}:
            return lambda one: service.label(one, fields.get("label", ""), by, remove=change == "unlabel")
        if change == "assign":
            to = _operator(fields.get("operator", ""))
            return lambda one: service.give(one, to, by)
        if change in {"take-over", "close"}:
            kind: Any = change
            return lambda one: service.change(one, kind, by, operator_id=caller.id)
        raise Problem(422, "invalid", name="change")


def _priority(given: str) -> int:
    if given not in _PRIORITIES:
        raise Problem(422, "invalid", name="priority")
    return int(given)


def _operator(given: str) -> UUID | None:
    """Nothing is nobody."""
    try:
        return UUID(given) if given else None
    except ValueError as error:
        raise Problem(422, "no_colleague") from error


def _until(fields: dict[str, str]) -> datetime | None:
    """`until` as a moment with its offset, or `for` in seconds; neither ends the snooze."""
    given, seconds = fields.get("until", ""), fields.get("for", "")
    if not given and not seconds:
        return None
    now = datetime.now(UTC)
    try:
        until = datetime.fromisoformat(given) if given else now + timedelta(seconds=int(seconds[:_DIGITS]))
    except ValueError as error:
        raise Problem(422, "unfit_snooze") from error
    if until.tzinfo is None or not now < until <= now + LONGEST_SNOOZE:
        raise Problem(422, "unfit_snooze")
    return until.astimezone(UTC)


def _chosen(given: str) -> list[ConversationId]:
    try:
        ids = [ConversationId(UUID(one)) for one in given.split(",") if one]
    except ValueError as error:
        raise Problem(422, "invalid", name="ids") from error
    if not 0 < len(ids) <= BULK_MOST:
        raise Problem(422, "invalid", name="ids")
    return ids
