"""The overview as a page, and its figures as a table to take away."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from supportbot.admin_api.access.recognising import caller_of
from supportbot.admin_api.access.roles import allows
from supportbot.admin_api.answers.service import AnswerService
from supportbot.admin_api.guard import PageGuard
from supportbot.admin_api.overview.figures import Figures, FigureStore
from supportbot.admin_api.overview.questions import QuestionStore
from supportbot.admin_api.overview.spans import NAMES, span_of
from supportbot.admin_api.overview.tiles import Tile, tiles
from supportbot.admin_api.page_route import page_router
from supportbot.admin_api.rendering import NOTHING, Rendering
from supportbot.common.web.language import reader_language

PATH: Final = "/inbox/overview"
_GAPS: Final = 5
_COLUMNS: Final = ("from", "answered", "handed_over", "wrong", "helpful", "rated", "rating", "cost")


@dataclass(frozen=True, slots=True)
class OverviewPages:
    """Routes for whoever may see how it goes."""

    figures: FigureStore
    questions: QuestionStore
    answers: AnswerService
    rendering: Rendering
    guard: PageGuard

    def router(self) -> APIRouter:
        """The routes."""
        router = page_router(PATH, self.guard.demand("overview"))
        router.add_api_route("", self.show, methods=["GET"])
        router.add_api_route("/figures.csv", self.take_away, methods=["GET"])
        return router

    async def show(self, request: Request) -> Response:
        """Numbers against the span before, one chart, what is asked most, what cannot be answered."""
        span = span_of(request.query_params.get("span", ""))
        now, before = await self.figures.of(span), await self.figures.of(span.before)
        gaps = await self.answers.unanswered(max(1, (span.until - span.since).days), _GAPS)
        values = {
            "span": span,
            "spans": tuple(NAMES),
            "tiles": _permitted(request, tiles(now, before, reader_language(request))),
            "series": _series(now),
            "total": now.total,
            "questions": await self.questions.most_asked(span),
            "gaps": gaps.items,
        }
        return self.rendering.page(request, "overview.html", NOTHING, **values)

    async def take_away(self, request: Request) -> Response:
        """The same figures, a row for each hour or day, for a spreadsheet."""
        span = span_of(request.query_params.get("span", ""))
        found = await self.figures.of(span)
        shows_cost = _shows_cost(request)
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(_COLUMNS if shows_cost else _COLUMNS[:-1])
        for step, one in found.steps.items():
            rating = "" if one.rating is None else f"{one.rating:.2f}"
            row = (_moment(step, span.step_s), one.answered, one.escalated, one.wrong, one.helpful, one.rated, rating)
            writer.writerow((*row, f"{one.money:.6f}") if shows_cost else row)
        name = f"supportbot-{span.name}-{span.until:%Y-%m-%d}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _series(found: Figures) -> dict[str, Sequence[float]]:
    steps = found.steps
    return {
        "x": [step * found.span.step_s for step in steps],
        "answered": [one.answered for one in steps.values()],
        "escalated": [one.escalated for one in steps.values()],
        "wrong": [one.wrong for one in steps.values()],
    }


def _moment(step: int, step_s: int) -> str:
    return datetime.fromtimestamp(step * step_s, UTC).strftime("%Y-%m-%dT%H:%MZ")


def _permitted(request: Request, made: Sequence[Tile]) -> Sequence[Tile]:
    return made if _shows_cost(request) else [one for one in made if one.key != "cost"]


def _shows_cost(request: Request) -> bool:
    caller = caller_of(request)
    return allows(caller.grants, "costs", "read")
