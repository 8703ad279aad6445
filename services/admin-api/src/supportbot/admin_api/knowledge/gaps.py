"""What the documents lack: questions without an answer, gathered, and the reviewed answers that close such gaps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from supportbot.admin_api.access.forms import form_of
from supportbot.admin_api.access.recognising import caller_of
from supportbot.admin_api.answers.schemas import Unanswered
from supportbot.admin_api.answers.service import AnswerService
from supportbot.admin_api.faq.repository import FaqRepository
from supportbot.admin_api.faq.schemas import ANSWER_MOST, QUESTION_MOST, NewEntry
from supportbot.admin_api.faq.service import (
    AddedMeanwhileError,
    FaqService,
    IncompletePairError,
    NoEntryError,
    SimilarEntryError,
)
from supportbot.admin_api.faq.writing import key_of
from supportbot.admin_api.guard import PageGuard
from supportbot.admin_api.page_route import page_router, to_page
from supportbot.admin_api.problems import Problem
from supportbot.admin_api.rendering import NOTHING, Refusal, Rendering

GAPS: Final = "/inbox/knowledge/gaps"
REVIEWED: Final = "/inbox/knowledge/faq"
DAYS: Final = 30
SHOWN: Final = 30
_PHRASINGS: Final = 10


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions about one thing, and what a person once replied to one of them."""

    group: Unanswered
    reply: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A pair as it stands in a form: what was not taken, or what was removed and may be brought back."""

    question: str = ""
    answer: str = ""
    also: Sequence[str] = field(default_factory=tuple)
    similar: UUID | None = None
    """The entry that is about nearly the same."""


@dataclass(frozen=True, slots=True)
class GapPages:
    """Routes for whoever may see what was not answered, and review answers."""

    answers: AnswerService
    repository: FaqRepository
    service: FaqService
    rendering: Rendering
    guard: PageGuard

    def router(self) -> APIRouter:
        """The routes."""
        router = page_router("")
        sees, reviews = [Depends(self.guard.demand("answers"))], [Depends(self.guard.demand("faq"))]
        router.add_api_route(GAPS, self.show_gaps, methods=["GET"], dependencies=sees)
        router.add_api_route(REVIEWED, self.show_reviewed, methods=["GET"], dependencies=reviews)
        router.add_api_route(REVIEWED, self.add, methods=["POST"], dependencies=reviews)
        router.add_api_route(f"{REVIEWED}/{{entry_id}}/remove", self.remove, methods=["POST"], dependencies=reviews)
        return router

    async def show_gaps(self, request: Request) -> Response:
        """Groups of questions, the largest first, each with a form for its answer."""
        found = await self.answers.unanswered(DAYS, SHOWN)
        closed = await self.repository.answered_at()
        still = [group for group in found.items if not _is_closed(group, closed)]
        replies = await self.repository.replies_to([answer for group in still for answer in group.answers])
        gaps = [Gap(group, next((replies[one] for one in group.answers if one in replies), "")) for group in still]
        values = {"gaps": gaps, "days": DAYS, "limits": (QUESTION_MOST, ANSWER_MOST)}
        return self.rendering.page(request, "gaps.html", NOTHING, done_of="faq", **values)

    async def show_reviewed(self, request: Request) -> Response:
        """Every reviewed answer, newest first."""
        return await self._page(request)

    async def add(self, request: Request) -> Response:
        """Take a reviewed answer in; a moment later it is a document that is searched."""
        fields = await form_of(request)
        also = [fields[name] for name in sorted(fields) if name.startswith("also_")][:_PHRASINGS]
        typed = Typed(fields.get("question", ""), fields.get("answer", ""), also)
        actor = caller_of(request).actor
        try:
            new = _pair(typed, fields)
            entry_id, _ = await self.service.add(new, actor)
            for phrasing in also:
                more = NewEntry(question=phrasing[:QUESTION_MOST], answer=new.answer, entry_id=entry_id)
                await self.service.add(more, actor)
        except SimilarEntryError as error:
            near = Typed(typed.question, typed.answer, also, error.entry_id)
            return await self._page(request, Refusal("faq.similar", 409), near)
        except AddedMeanwhileError:
            return await self._page(request, Refusal("knowledge.changed_meanwhile", 409), typed)
        except (IncompletePairError, NoEntryError):
            return await self._page(request, Refusal("faq.incomplete", 422), typed)
        return to_page(f"{GAPS if fields.get('from') == 'gaps' else REVIEWED}?done=reviewed")

    async def remove(self, request: Request, entry_id: UUID) -> Response:
        """Take an answer away; the page that follows can bring it back."""
        entry = await self.repository.one(entry_id)
        if entry is None:
            raise Problem(404, "no_faq_entry")
        await self.service.remove(entry_id, caller_of(request).actor)
        first, *others = entry.questions or [""]
        return await self._page(request, removed=Typed(first, entry.answer, others[:_PHRASINGS]))

    async def _page(
        self, request: Request, refusal: Refusal = NOTHING, typed: Typed | None = None, removed: Typed | None = None
    ) -> Response:
        after = request.query_params.get("after", "")
        page = await self.repository.page(_id_in(after), SHOWN)
        near = await self.repository.one(typed.similar) if typed and typed.similar else None
        values: dict[str, Any] = {"entries": page.items, "next": page.next, "typed": typed or Typed(), "near": near}
        values |= {"removed": removed, "limits": (QUESTION_MOST, ANSWER_MOST)}
        return self.rendering.page(request, "faq.html", refusal, done_of="faq", **values)


def _is_closed(group: Unanswered, closed: Mapping[str, Any]) -> bool:
    """Whether one of its questions has had an answer since it was asked last."""
    since = [closed[key] for key in map(key_of, group.questions) if key in closed]
    return any(moment >= group.newest for moment in since)


def _pair(typed: Typed, fields: Mapping[str, str]) -> NewEntry:
    """Raises IncompletePairError."""
    if not 0 < len(typed.question) <= QUESTION_MOST or not 0 < len(typed.answer) <= ANSWER_MOST:
        raise IncompletePairError("A pair has a question and an answer")
    wish = fields.get("similar", "")
    return NewEntry(
        question=typed.question,
        answer=typed.answer,
        distinct=wish == "distinct",
        entry_id=None if wish in ("", "distinct") else _id_in(wish),
    )


def _id_in(given: str) -> UUID | None:
    try:
        return UUID(given) if given else None
    except ValueError:
        return None
